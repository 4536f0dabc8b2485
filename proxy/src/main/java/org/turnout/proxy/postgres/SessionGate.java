package org.turnout.proxy.postgres;

import org.turnout.proxy.gate.Held;
import org.turnout.proxy.gate.LaneGate;
import org.turnout.proxy.session.Activity;
import org.turnout.proxy.session.Activity.State;

/**
 * Where one session stands at the gate: running from the first byte of a unit to the boundary
 * behind it, or held. Counted at the gate exactly once, whatever way it ends. Confined to the
 * session's event loop.
 */
final class SessionGate {
  private final LaneGate gate;
  private final Activity activity;
  private final Held session;
  private boolean running;
  private boolean queued;

  SessionGate(LaneGate gate, Activity activity, Held session) {
    this.gate = gate;
    this.activity = activity;
    this.session = session;
  }

  boolean isClosed() {
    return gate.isClosed();
  }

  boolean isRunning() {
    return running;
  }

  /** Whether the session waits for the gate with something of the client in its hands. */
  boolean isHeld() {
    return queued && !running && activity.state() == State.PAUSED;
  }

  /** The session starts: it opens its connection to the primary. */
  void connecting() {
    running = true;
    gate.began();
  }

  /** Something of the client goes on. */
  void began() {
    if (!running) {
      running = true;
      gate.began();
      activity.become(State.ACTIVE, System.nanoTime());
    } else if (activity.state() == State.IN_TRANSACTION) {
      activity.become(State.ACTIVE, System.nanoTime());
    }
  }

  /** The server waits for the client inside a transaction. */
  void inTransaction() {
    activity.become(State.IN_TRANSACTION, System.nanoTime());
  }

  /** The session stands at its boundary. */
  void atBoundary(long nanos) {
    stop();
    if (!queued) {
      activity.become(State.IDLE, nanos);
    }
  }

  /** Waits for the gate to open, once. */
  void hold(boolean started) {
    if (!queued) {
      queued = true;
      gate.hold(session);
      if (started) {
        activity.become(State.PAUSED, System.nanoTime());
      }
    }
  }

  void released() {
    queued = false;
  }

  /** The session ends. */
  void leave() {
    if (queued) {
      queued = false;
      gate.forget(session);
    }
    stop();
  }

  private void stop() {
    if (running) {
      running = false;
      gate.ended();
    }
  }
}
