package org.turnout.bench.workload;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long the requests of all clients took, of the whole run and of the window that is open. Safe
 * for any thread; one window at a time.
 */
final class Latencies {
  private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(5);

  private final Histogram all = new ConcurrentHistogram(LONGEST_MICROS, 3);
  private volatile Histogram window = new ConcurrentHistogram(LONGEST_MICROS, 3);

  void record(long nanos) {
    long micros = Math.min(TimeUnit.NANOSECONDS.toMicros(nanos), LONGEST_MICROS);
    all.recordValue(micros);
    window.recordValue(micros);
  }

  void openWindow() {
    window = new ConcurrentHistogram(LONGEST_MICROS, 3);
  }

  long windowMaxMicros() {
    return window.getMaxValue();
  }

  Percentiles percentiles() {
    return Percentiles.of(all.copy());
  }
}
