package org.turnout.bench.workload;

import org.HdrHistogram.Histogram;

/** Latencies in microseconds that half and 99 percent of the requests stayed under. */
public record Percentiles(long p50, long p99) {
  public static final Percentiles NONE = new Percentiles(0, 0);

  static Percentiles of(Histogram histogram) {
    return new Percentiles(histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(99));
  }
}
