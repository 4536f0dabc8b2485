package org.turnout.bench.moves;

import java.security.SecureRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.RouteConfig;
import org.turnout.protocol.postgres.authentication.MockVerifiers;
import org.turnout.protocol.postgres.tls.TlsFileException;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.postgres.PostgresTraffic;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.engine.SyncEngines;

/**
 * The data plane of a route whose two sides are one database: blue. There is nothing to bring over
 * and nothing to lose, whichever side is primary; no sync ever runs. Safe for any thread.
 */
record OneDatabase(SyncEngine engine, PostgresTraffic traffic) implements AutoCloseable {
  private static final int STOP_SECONDS = 30;

  /** Lasts as long as the process: who asks for roles in a load test learns nothing by it. */
  private static byte[] secret() {
    byte[] secret = new byte[MockVerifiers.SECRET];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  /** Serves the route's blue database on the route's address. */
  static OneDatabase open(RouteConfig route) throws CommandFailure, InterruptedException {
    RouteConfig onBlue =
        new RouteConfig(
            route.name(),
            route.listeners(),
            route.protocol(),
            route.tls(),
            route.blue(),
            route.blue(),
            route.authentication(),
            route.limits(),
            route.sync(),
            route.reads(),
            route.cutover());
    SyncEngine engine = SyncEngines.postgres(onBlue);
    try {
      RouteTls tls = RouteTls.load(onBlue, PostgresTraffic.PROTOCOL);
      OneDatabase served =
          new OneDatabase(
              engine,
              new PostgresTraffic(
                  onBlue,
                  tls,
                  engine::catalogue,
                  engine.freshness(),
                  new MockVerifiers(secret(), route.name().value()),
                  InheritedSockets.none()));
      served.traffic.open(Standing.INITIAL).get();
      return served;
    } catch (TlsFileException e) {
      throw new CommandFailure("route " + route.name() + ": " + e.getMessage());
    } catch (ExecutionException e) {
      throw new CommandFailure(String.valueOf(e.getCause()), "Choose another address.");
    }
  }

  @Override
  public void close() throws InterruptedException, ExecutionException, TimeoutException {
    try {
      traffic.close().get(STOP_SECONDS, TimeUnit.SECONDS);
    } finally {
      engine.close();
    }
  }
}
