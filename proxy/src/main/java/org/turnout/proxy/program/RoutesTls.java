package org.turnout.proxy.program;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.RouteConfig;
import org.turnout.protocol.postgres.tls.TlsFileException;
import org.turnout.proxy.postgres.PostgresTraffic;
import org.turnout.proxy.tls.ClientTls;
import org.turnout.proxy.tls.RouteTls;

/**
 * The certificates and keys of all routes, read beside the rest of the start: the first of them
 * takes its time, because the library for TLS is loaded for it. Whoever needs them waits. Safe for
 * any thread.
 */
final class RoutesTls {
  private final Map<String, CompletableFuture<RouteTls>> loading = new LinkedHashMap<>();

  private RoutesTls() {}

  /** Begins to read; returns at once. */
  static RoutesTls load(List<RouteConfig> routes) {
    RoutesTls all = new RoutesTls();
    for (RouteConfig route : routes) {
      all.loading.put(
          route.name().value(),
          CompletableFuture.supplyAsync(
              () -> read(route),
              Thread.ofPlatform().daemon().name("turnout-start-tls-" + route.name())::start));
    }
    return all;
  }

  private static RouteTls read(RouteConfig route) {
    try {
      RouteTls read = RouteTls.load(route, PostgresTraffic.PROTOCOL);
      read.clients().ifPresent(ClientTls::warnIfOutOfDate);
      return read;
    } catch (TlsFileException e) {
      throw new CompletionException(e);
    }
  }

  /** Those of one route, once they are read. */
  RouteTls of(String route) throws CommandFailure {
    CompletableFuture<RouteTls> read = loading.get(route);
    if (read == null) {
      throw new IllegalArgumentException("no route " + route);
    }
    try {
      return read.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof TlsFileException wrong) {
        throw new CommandFailure(
            "route " + route + ": " + wrong.getMessage(),
            "Correct `routes."
                + route
                + ".tls`, or the file; Turnout's user must be able to read it.");
      }
      if (e.getCause() instanceof RuntimeException defect) {
        throw defect;
      }
      throw e;
    }
  }

  /** Waits for all. */
  void check() throws CommandFailure {
    for (String route : loading.keySet()) {
      of(route);
    }
  }
}
