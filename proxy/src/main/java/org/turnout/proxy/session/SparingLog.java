package org.turnout.proxy.session;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Writes what clients can cause as often as they like: a few lines in each ten seconds, and then
 * how many were left out. Safe for any thread.
 */
public final class SparingLog {
  private static final int MOST = 20;
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final Logger log;
  private final AtomicLong began = new AtomicLong(System.nanoTime());
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicInteger leftOut = new AtomicInteger();

  public SparingLog(Logger log) {
    this.log = log;
  }

  /** Writes a line, if it is not one too many. */
  public void write(Level level, String format, Object... arguments) {
    if (!log.isEnabledForLevel(level)) {
      return;
    }
    long nanos = System.nanoTime();
    long window = began.get();
    if (nanos - window > WINDOW_NANOS && began.compareAndSet(window, nanos)) {
      written.set(0);
      int missing = leftOut.getAndSet(0);
      if (missing > 0) {
        log.atLevel(level).log("{} lines like the next one were left out", missing);
      }
    }
    if (written.incrementAndGet() <= MOST) {
      log.atLevel(level).log(format, arguments);
    } else {
      leftOut.incrementAndGet();
    }
  }
}
