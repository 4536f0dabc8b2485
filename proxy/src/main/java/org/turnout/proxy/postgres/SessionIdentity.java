package org.turnout.proxy.postgres;

import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.proxy.session.Activity;

/**
 * Who a session is and where it stands, as operators see it. Changed by the session's event loop,
 * read by any thread.
 */
final class SessionIdentity {
  private final long number;
  private final Client client;
  private final Activity activity = new Activity();
  private volatile Side side;
  private volatile String application;

  SessionIdentity(long number, Client client, Side side) {
    this.number = number;
    this.client = client;
    this.side = side;
    this.application = client.application();
  }

  long number() {
    return number;
  }

  Client client() {
    return client;
  }

  Activity activity() {
    return activity;
  }

  /** The side whose backend is the session's primary. */
  Side side() {
    return side;
  }

  void side(Side next) {
    side = next;
  }

  /** The application has said its name, or another one. */
  void application(String name) {
    application = name;
  }

  Traffic.SessionView view() {
    Activity.State state = activity.state();
    boolean atBoundary = state == Activity.State.IDLE || state == Activity.State.PAUSED;
    return new Traffic.SessionView(
        number,
        client.address(),
        client.user(),
        client.database(),
        application,
        state.word(),
        side,
        atBoundary,
        activity.millis(System.nanoTime()));
  }
}
