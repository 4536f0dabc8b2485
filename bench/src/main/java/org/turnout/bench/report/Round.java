package org.turnout.bench.report;

import org.HdrHistogram.Histogram;
import org.turnout.bench.load.Sample;

/**
 * What one target did in one round of one load.
 *
 * @param processorMicros processor time of the proxy for each operation; 0 for the straight way
 * @param p50 of the latency, in microseconds, as the others
 */
public record Round(double perSecond, double processorMicros, double p50, double p99, double p999) {
  public static Round of(Sample sample, long processorNanos) {
    Histogram latencies = sample.latencies();
    return new Round(
        sample.perSecond(),
        processorNanos / 1e3 / sample.operations(),
        latencies.getValueAtPercentile(50) / 1e3,
        latencies.getValueAtPercentile(99) / 1e3,
        latencies.getValueAtPercentile(99.9) / 1e3);
  }
}
