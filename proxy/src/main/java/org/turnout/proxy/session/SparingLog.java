package org.turnout.proxy.session;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Writes what clients can cause as often as they like: a few lines in each ten seconds, that more
 * are left out, and with the next one how many were. Safe for any thread.
 */
public final class SparingLog {
  private static final int MOST = 20;
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final Logger log;
  private final LongSupplier clock;
  private final AtomicLong began;
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicInteger leftOut = new AtomicInteger();

  public SparingLog(Logger log) {
    this(log, System::nanoTime);
  }

  /**
   * @param clock nanoseconds, from any beginning
   */
  SparingLog(Logger log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
    this.began = new AtomicLong(clock.getAsLong());
  }

  /** Writes a line, if it is not one too many. */
  public void write(Level level, String format, Object... arguments) {
    if (!log.isEnabledForLevel(level)) {
      return;
    }
    long nanos = clock.getAsLong();
    long window = began.get();
    if (nanos - window > WINDOW_NANOS && began.compareAndSet(window, nanos)) {
      written.set(0);
      int missing = leftOut.getAndSet(0);
      if (missing > 0) {
        log.atLevel(level).log("{} lines like the next one were left out", missing);
      }
    }
    int number = written.incrementAndGet();
    if (number <= MOST) {
      log.atLevel(level).log(format, arguments);
      return;
    }
    leftOut.incrementAndGet();
    if (number == MOST + 1) {
      log.atLevel(level).log("more lines like the one before are left out for a while");
    }
  }
}
