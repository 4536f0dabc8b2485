package org.turnout.sync.apply;

import java.util.concurrent.TimeUnit;

/** How long to wait before the next try: longer each time, up to a bound. Any thread. */
final class Backoff {
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(3);

  private long next = FIRST;

  synchronized long nextNanos() {
    long now = next;
    next = Math.min(LONGEST, next * 2);
    return now;
  }

  synchronized void succeeded() {
    next = FIRST;
  }
}
