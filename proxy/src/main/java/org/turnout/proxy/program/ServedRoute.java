package org.turnout.proxy.program;

import java.io.IOException;
import java.util.Optional;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.RouteConfig;
import org.turnout.config.TurnoutConfig;
import org.turnout.migration.ControlTimer;
import org.turnout.migration.RouteController;
import org.turnout.migration.RouteController.Opened;
import org.turnout.protocol.postgres.authentication.MockVerifiers;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.postgres.PostgresTraffic;
import org.turnout.proxy.session.RouteTraffic;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.engine.SyncEngines;

/** One route of a running Turnout: sync, traffic and the controller that owns both. */
record ServedRoute(
    RouteConfig config, SyncEngine engine, RouteTraffic traffic, RouteController controller) {
  /** The code of the blocker that a route has while it refuses its clients. */
  private static final String PRIMARY_UNKNOWN = "primary-unknown";

  /**
   * Makes the route, which asks nobody and listens nowhere before it is opened.
   *
   * @param tls of all routes
   * @param inherited the sockets of a predecessor
   * @throws CommandFailure when a certificate or a key, or the state directory, cannot be used
   */
  static ServedRoute make(
      RouteConfig route,
      TurnoutConfig config,
      RoutesTls tls,
      StateDirectory state,
      InheritedSockets inherited)
      throws CommandFailure {
    SyncEngine engine = SyncEngines.postgres(route);
    try {
      MockVerifiers mocks = new MockVerifiers(state.secret(), route.name().value());
      PostgresTraffic traffic =
          new PostgresTraffic(
              route,
              tls.of(route.name().value()),
              engine::catalogue,
              engine.freshness(),
              mocks,
              inherited);
      return new ServedRoute(
          route,
          engine,
          traffic,
          new RouteController(route, engine, traffic, config.state(), ControlTimer.system()));
    } catch (CommandFailure | RuntimeException unusable) {
      engine.close();
      throw unusable;
    }
  }

  /**
   * Opens the route to clients, once it is known which side is primary. Answers why they cannot be
   * served, if they cannot: that is not known, or the primary does not let Turnout in.
   *
   * @throws IOException when the address is taken or the state file cannot be understood
   */
  Optional<String> open() throws IOException {
    return switch (controller.open()) {
      case Opened.Refusing(String reason) -> Optional.of(reason);
      case Opened.Serving serving -> Optional.empty();
    };
  }

  /** Why clients are refused now, if they are. */
  Optional<String> refusal() {
    return controller.state().blockers().stream()
        .filter(blocker -> blocker.code().equals(PRIMARY_UNKNOWN))
        .map(Finding::message)
        .findFirst()
        .map(message -> "route " + config.name() + ": " + message);
  }
}
