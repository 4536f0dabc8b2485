package org.turnout.proxy.session;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a session does now and since when, or since when it has been away from its boundary. Written
 * by the session's event loop, read by anyone: a reader may see the state of one moment with the
 * instant of the next, which does no harm to a view.
 */
public final class Activity {
  /** What a session does. */
  public enum State {
    STARTING("starting"),
    IDLE("idle"),
    ACTIVE("active"),
    IN_TRANSACTION("in transaction"),
    PAUSED("paused");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The word of the API. */
    public String word() {
      return word;
    }
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);
  private final AtomicLong since = new AtomicLong(System.nanoTime());

  /** From now on it does this; statements of one transaction count from where that began. */
  public void become(State next, long nanos) {
    State now = state.getPlain();
    if (now != next) {
      if (!isAway(now) || !isAway(next)) {
        since.setOpaque(nanos);
      }
      state.setRelease(next);
    }
  }

  /** Whether it stands at its boundary since before that time, of {@link System#nanoTime}. */
  public boolean isIdleSince(long nanos) {
    return state.getAcquire() == State.IDLE && since.getOpaque() - nanos < 0;
  }

  /** Whether a session that does this is away from its boundary. */
  private static boolean isAway(State state) {
    return state == State.ACTIVE || state == State.IN_TRANSACTION;
  }

  public State state() {
    return state.getAcquire();
  }

  public long millis(long nanos) {
    return Math.max(0, (nanos - since.getOpaque()) / 1_000_000);
  }
}
