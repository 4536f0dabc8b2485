package org.turnout.proxy.gate;

/** What waits at a closed gate, for example a session that stands at its boundary. */
@FunctionalInterface
public interface Held {
  /** The gate has opened. Called on the event loop that it was held on. */
  void released();
}
