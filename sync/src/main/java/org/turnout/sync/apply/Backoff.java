package org.turnout.sync.apply;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/** How long to wait before the next try: longer each time, up to a bound. Any thread. */
public final class Backoff {
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(3);

  private final Clock clock;
  private long next = FIRST;

  /** What time passes by while somebody waits. */
  @FunctionalInterface
  public interface Clock {
    /** The time of this machine. */
    Clock SYSTEM = Condition::awaitNanos;

    /** Waits for a signal or for the time to pass; answers how much of it is left. */
    long await(Condition signal, long nanos) throws InterruptedException;
  }

  public Backoff(Clock clock) {
    this.clock = clock;
  }

  /**
   * Waits before the next try; the caller holds the condition's lock.
   *
   * @param goesOn whether to wait on after a signal
   */
  public void pause(Condition signal, BooleanSupplier goesOn) throws InterruptedException {
    long left = nextNanos();
    while (goesOn.getAsBoolean() && left > 0) {
      left = clock.await(signal, left);
    }
  }

  private synchronized long nextNanos() {
    long now = next;
    next = Math.min(LONGEST, next * 2);
    return now;
  }

  /** It works again: the next failure is tried again soon. */
  public synchronized void succeeded() {
    next = FIRST;
  }
}
