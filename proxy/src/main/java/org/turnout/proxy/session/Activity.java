package org.turnout.proxy.session;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a session does now and since when. Written by the session's event loop, read by anyone: a
 * reader may see the state of one moment with the instant of the next, which does no harm to a
 * view.
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

  public void become(State next, long nanos) {
    if (state.getPlain() != next) {
      since.setOpaque(nanos);
      state.setRelease(next);
    }
  }

  public State state() {
    return state.getAcquire();
  }

  public long millis(long nanos) {
    return Math.max(0, (nanos - since.getOpaque()) / 1_000_000);
  }
}
