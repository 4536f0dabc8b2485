package org.turnout.proxy.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.admin.AdminServer;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.HostPort;
import org.turnout.config.RouteConfig;
import org.turnout.config.TurnoutConfig;
import org.turnout.migration.Route;
import org.turnout.proxy.backend.InheritedSockets;

/**
 * A whole Turnout. It starts in this order: the state directory and the address of the admin API
 * are taken, so that a second Turnout with the same configuration fails before it touches a
 * database; then each route settles which side is primary and whether it lets Turnout in, and only
 * then listens; then the admin API is served. A route that cannot be served refuses its clients,
 * unless none can be: then the start fails and nothing has listened. What was started is stopped
 * again when a later step fails. Routes stop before the admin API, whose probes say until the end
 * that Turnout is not ready. What is closed last is the door through which a successor waits for
 * the end of all the rest.
 */
public final class RunningTurnout implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunningTurnout.class);

  /** How long the server of the admin API waits for the routes. */
  private static final Duration ROUTES_FIRST = Duration.ofSeconds(1);

  /** What is stopped after the routes, the last one first. */
  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  private final List<ServedRoute> routes = new ArrayList<>();
  private volatile boolean opened;
  private HostPort admin;

  private RunningTurnout(TurnoutConfig config) {
    this.admin = config.admin().listen();
  }

  /**
   * Starts everything.
   *
   * @throws CommandFailure when something cannot be started, or no route can be served; nothing is
   *     left running then
   */
  public static RunningTurnout start(TurnoutConfig config) throws CommandFailure {
    return start(config, false, () -> {});
  }

  /**
   * Starts everything, after another Turnout if there is one.
   *
   * @param takesOver whether the Turnout that uses the state directory is ended, once its listening
   *     sockets are here; else it is in the way
   * @param taken called when another Turnout has taken over from this one, which is to be closed
   *     then
   * @throws CommandFailure as {@link #start(TurnoutConfig)}
   */
  static RunningTurnout start(TurnoutConfig config, boolean takesOver, Runnable taken)
      throws CommandFailure {
    ConfigFile.requirePostgres(config);
    RunningTurnout turnout = new RunningTurnout(config);
    try {
      turnout.startAll(config, takesOver, taken);
      return turnout;
    } catch (CommandFailure | RuntimeException failure) {
      turnout.close();
      throw failure;
    }
  }

  /** Where the admin API listens. */
  public HostPort admin() {
    return admin;
  }

  private void startAll(TurnoutConfig config, boolean takesOver, Runnable taken)
      throws CommandFailure {
    RoutesTls tls = RoutesTls.load(config.routes());
    TakeoverDoor door = new TakeoverDoor(routes, taken);
    started.push(door);
    Optional<StateDirectory> free =
        takesOver
            ? StateDirectory.tryToTake(config.state())
            : Optional.of(StateDirectory.take(config.state()));
    try (InheritedSockets inherited =
        free.isPresent() ? InheritedSockets.none() : takeOver(config, tls)) {
      StateDirectory state =
          free.isPresent() ? free.get() : StateDirectory.takeAfter(config.state());
      started.push(state);
      inherited.keepOnly(listeners(config));
      AdminServer.Listener listener = listenForAdmin(config);
      started.push(listener);
      for (RouteConfig route : config.routes()) {
        routes.add(ServedRoute.make(route, config, tls, state, inherited));
      }
      startServing(config, listener);
    }
    door.open(config.state());
    opened = true;
  }

  /** What can be found wrong before the other one is ended is found before. */
  private static InheritedSockets takeOver(TurnoutConfig config, RoutesTls tls)
      throws CommandFailure {
    tls.check();
    return Takeover.from(config.state());
  }

  private static Set<String> listeners(TurnoutConfig config) {
    return config.routes().stream()
        .flatMap(
            route ->
                route.listeners().stream()
                    .map(listener -> InheritedSockets.name(route.name(), listener.address())))
        .collect(Collectors.toSet());
  }

  /**
   * The routes first, then the server of the admin API, which takes as long to be loaded as all the
   * rest. Where routes take their time, because a database does not answer, it waits no longer.
   */
  private void startServing(TurnoutConfig config, AdminServer.Listener listener)
      throws CommandFailure {
    Map<Route, RouteConfig> byRoute = new LinkedHashMap<>();
    routes.forEach(route -> byRoute.put(route.controller(), route.config()));
    CompletableFuture<Void> tried = new CompletableFuture<>();
    CompletableFuture<AdminServer> api =
        tried
            .completeOnTimeout(null, ROUTES_FIRST.toMillis(), TimeUnit.MILLISECONDS)
            .thenApplyAsync(
                nothing -> listener.serve(config.admin(), byRoute, this::missing),
                Thread.ofPlatform().name("turnout-start-admin")::start);
    try {
      openRoutes();
    } finally {
      tried.complete(null);
      AdminServer server = api.join();
      started.push(server);
      admin = server.address();
    }
  }

  private static AdminServer.Listener listenForAdmin(TurnoutConfig config) throws CommandFailure {
    try {
      return AdminServer.listen(config.admin().listen());
    } catch (AdminServer.StartException e) {
      throw new CommandFailure(
          String.valueOf(e.getMessage()),
          "Does Turnout run already? Else end what listens there, or set `admin` to another"
              + " address.");
    }
  }

  private void openRoutes() throws CommandFailure {
    List<String> refusals = new ArrayList<>();
    List<ServedRoute> refusing = new ArrayList<>();
    for (ServedRoute route : routes) {
      Optional<String> reason = onItsAddress(route, ServedRoute::open);
      if (reason.isPresent()) {
        refusals.add("route " + route.config().name() + ": " + reason.get());
        refusing.add(route);
      }
    }
    refusals.forEach(LOG::error);
    if (refusals.size() == routes.size()) {
      refusals.add(
          "Make the databases reachable with the users and passwords of the configuration, and"
              + " start again; `turnout check --connect` tells what is missing.");
      throw new CommandFailure("no route can be served", refusals);
    }
    for (ServedRoute route : refusing) {
      onItsAddress(
          route,
          refused -> {
            refused.controller().refuseUntilServed();
            return Optional.empty();
          });
    }
  }

  /** Something that may find the route's address taken. */
  @FunctionalInterface
  private interface Listening {
    Optional<String> begin(ServedRoute route) throws IOException;
  }

  private static Optional<String> onItsAddress(ServedRoute route, Listening listening)
      throws CommandFailure {
    try {
      return listening.begin(route);
    } catch (IOException e) {
      throw new CommandFailure(
          String.valueOf(e.getMessage()),
          "If the address is taken, end what listens there, or set `routes."
              + route.config().name()
              + ".listen` to another.");
    }
  }

  /** What keeps it from being ready, a sentence each. */
  private List<String> missing() {
    if (!opened) {
      return List.of("it is starting or stopping");
    }
    return routes.stream().map(ServedRoute::refusal).flatMap(Optional::stream).toList();
  }

  /** Stops everything; one that fails to stop does not keep the others. */
  @Override
  public void close() {
    opened = false;
    if (!started.isEmpty()) {
      stopRoutes();
    }
    while (!started.isEmpty()) {
      stop(started.pop());
    }
  }

  /** All at the same time: together they take no longer than one of them may. */
  private void stopRoutes() {
    CompletableFuture.allOf(
            routes.stream()
                .map(
                    route ->
                        CompletableFuture.runAsync(
                            () -> stop(route.controller()),
                            Thread.ofPlatform().name("turnout-stop-" + route.config().name())
                                ::start))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private static void stop(AutoCloseable what) {
    try {
      what.close();
    } catch (Exception e) {
      LOG.error("{} did not stop cleanly", what.getClass().getSimpleName(), e);
    }
  }
}
