package org.turnout.bench.load;

import org.HdrHistogram.Histogram;

/**
 * What one target did in one slice of time.
 *
 * @param nanos from the start to the last answer
 * @param latencies in nanoseconds; of an open loop from the moment at which the operation was due
 */
public record Sample(long operations, long nanos, Histogram latencies) {
  /** The longest latency that is told apart; a minute is a failure anyway. */
  private static final long LONGEST = 60_000_000_000L;

  /** Empty, for latencies in nanoseconds. */
  public static Histogram histogram() {
    return new Histogram(100, LONGEST, 3);
  }

  /** Counts one latency. */
  public static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.clamp(nanos, 1, LONGEST));
  }

  public double perSecond() {
    return operations * 1e9 / nanos;
  }
}
