package org.turnout.sync;

/**
 * The newest instant such that everything committed on the primary before it is applied on the
 * secondary. Written by the sync, read on the way of a query: one volatile read. Instants are
 * {@link System#nanoTime()} of this process.
 */
public final class Freshness {
  /** Nothing is known to be on the secondary. */
  public static final long NEVER = Long.MIN_VALUE;

  private volatile long instant = NEVER;

  /** The instant, or {@link #NEVER}. */
  public long instant() {
    return instant;
  }

  /** Whether everything up to and including the given instant is on the secondary. */
  public boolean covers(long nanos) {
    long now = instant;
    return now != NEVER && now - nanos > 0;
  }

  /** Moves the instant forward; an older one is ignored. Called by one thread at a time. */
  public void advance(long nanos) {
    long now = instant;
    if (now == NEVER || nanos - now > 0) {
      instant = nanos;
    }
  }

  /** Forgets what was known: the stream has ended or changed direction. */
  public void reset() {
    instant = NEVER;
  }
}
