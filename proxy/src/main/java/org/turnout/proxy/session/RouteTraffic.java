package org.turnout.proxy.session;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.LimitsConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.backend.Transport;
import org.turnout.proxy.gate.Gate;
import org.turnout.sync.Standing;

/**
 * The traffic of one route, whatever its protocol: listeners, event loops, gate, and the snapshot
 * that every session goes by. What is done to all sessions is done on every event loop at once.
 * Safe for any thread.
 */
public abstract class RouteTraffic implements Traffic {
  private static final Logger LOG = LoggerFactory.getLogger(RouteTraffic.class);

  /** How often within the limit it is looked for idle sessions. */
  private static final int CHECKS_OF_IDLE = 10;

  private final RouteConfig config;
  private final Transport transport;
  private final Gate gate;
  private final List<Lane> lanes;
  private final Map<EventLoop, Lane> laneOfLoop = new IdentityHashMap<>();
  private final Registry registry = new Registry();
  private final Admission admission;
  private volatile RouteSnapshot snapshot = new RouteSnapshot(Standing.INITIAL, 0);
  private volatile @Nullable String refusal = "the route is not open";
  private final Listeners listeners;
  private final Arrivals arrivals = new Arrivals();
  private volatile boolean handedOver;
  private boolean idleEnded;
  private @Nullable CompletableFuture<Void> closing;

  protected RouteTraffic(RouteConfig config, Transport transport, InheritedSockets inherited) {
    this.config = config;
    this.transport = transport;
    admission = new Admission(config.limits());
    List<EventLoop> loops = transport.loops();
    gate = new Gate(loops);
    List<Lane> made = new ArrayList<>();
    for (int i = 0; i < loops.size(); i++) {
      made.add(
          new Lane(
              loops.get(i),
              gate.lane(i),
              () -> snapshot,
              registry,
              new Newcomers(Newcomers.most(loops.size()))));
      laneOfLoop.put(loops.get(i), made.get(i));
    }
    lanes = List.copyOf(made);
    listeners =
        new Listeners(
            config,
            transport,
            inherited,
            client -> {
              arrivals.came(client);
              accept(client, laneOf(client));
            });
  }

  /** Puts the handlers of a new client on its channel. On the lane's event loop. */
  protected abstract void accept(Channel client, Lane lane);

  /** Why clients are refused now, or null. */
  public @Nullable String refusal() {
    return refusal;
  }

  /** Counts the clients of the route. */
  public Admission admission() {
    return admission;
  }

  /** What clients of the route may take. */
  public LimitsConfig limits() {
    return config.limits();
  }

  protected Registry registry() {
    return registry;
  }

  /** A client that has come in has a session from here on. */
  protected void begun(Channel client) {
    arrivals.settled(client);
  }

  @Override
  public CompletableFuture<Void> open(Standing standing) {
    snapshot = snapshot.with(standing);
    refusal = null;
    return listen();
  }

  @Override
  public CompletableFuture<Void> refuse(String reason) {
    refusal = reason;
    return listen();
  }

  /** The TCP port that clients connect to; the one that the system gave when 0 was configured. */
  public Optional<InetSocketAddress> address() {
    return listeners.address();
  }

  /**
   * The sockets that clients connect to, by {@link InheritedSockets#name}; they stay this one's.
   */
  public Map<String, FileDescriptor> sockets() {
    return listeners.sockets();
  }

  /** A successor has these sockets and goes on with them when this route closes. */
  public void handOver() {
    handedOver = true;
  }

  private CompletableFuture<Void> listen() {
    return listeners.open().thenRun(this::endIdleSessions);
  }

  private Lane laneOf(Channel client) {
    Lane lane = laneOfLoop.get(client.eventLoop());
    if (lane == null) {
      throw new IllegalStateException("a client on a foreign event loop");
    }
    return lane;
  }

  @Override
  public void readWeight(double percent) {
    synchronized (this) {
      snapshot = snapshot.with(Math.clamp(percent / 100, 0, 1));
    }
  }

  @Override
  public CompletableFuture<Void> pause() {
    return gate.pause();
  }

  @Override
  public void resume() {
    gate.resume();
  }

  /** Where the gate stands. */
  public Gate.State gate() {
    return gate.state();
  }

  @Override
  public CompletableFuture<Void> connectAhead() {
    return onAllSessions(Session::connectAhead).thenApply(all -> null);
  }

  @Override
  public CompletableFuture<List<Immovable>> moveSessions(Duration limit) {
    return onAllSessions(session -> session.move(limit))
        .thenApply(all -> all.stream().flatMap(Optional::stream).toList());
  }

  @Override
  public CompletableFuture<Void> flip(Standing standing) {
    synchronized (this) {
      snapshot = snapshot.with(standing);
    }
    Side primary = standing.primary();
    return onAllSessions(
            session -> {
              session.flip(primary);
              return CompletableFuture.completedFuture(null);
            })
        .thenApply(all -> null);
  }

  @Override
  public void forgetAhead() {
    lanes.forEach(lane -> lane.loop().execute(() -> lane.sessions().forEach(Session::forgetAhead)));
  }

  @Override
  public List<SessionView> sessions() {
    return registry.sessions().stream()
        .map(Session::view)
        .sorted(Comparator.comparingLong(SessionView::id))
        .toList();
  }

  @Override
  public Figures figures() {
    List<LaneCounters> counters = lanes.stream().map(Lane::counters).toList();
    return new Figures(
        registry.sessions().size(),
        gate.running(),
        counters.stream().mapToLong(LaneCounters::sessionsTotal).sum(),
        counters.stream().mapToLong(lane -> lane.queries(Side.BLUE)).sum(),
        counters.stream().mapToLong(lane -> lane.queries(Side.GREEN)).sum(),
        counters.stream().mapToLong(lane -> lane.readWaits(true)).sum(),
        counters.stream().mapToLong(lane -> lane.readWaits(false)).sum(),
        counters.stream().mapToLong(LaneCounters::bytesIn).sum(),
        counters.stream().mapToLong(LaneCounters::bytesOut).sum());
  }

  @Override
  public CompletableFuture<Void> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    synchronized (this) {
      if (closing != null) {
        return closing;
      }
      closing = closed;
      if (!handedOver) {
        refusal = "the database system is shutting down";
      }
    }
    CompletableFuture<Void> settled = listeners.close(handedOver);
    if (handedOver) {
      // Whoever is in before the successor accepts is told what sessions are told, and not less.
      settled = settled.thenCompose(closedAll -> onAllLanes()).thenCompose(all -> arrivals.none());
    }
    LOG.info("route {}: stopping, {} sessions are busy", config.name(), gate.running());
    CompletableFuture.allOf(gate.pause(), settled)
        .orTimeout(config.limits().stopTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((drained, tooLate) -> end(closed));
    return closed;
  }

  /** Ends what is left of the sessions, then the event loops. */
  private void end(CompletableFuture<Void> closed) {
    onAllSessions(
            session -> {
              session.shutDown();
              return CompletableFuture.completedFuture(null);
            })
        .whenComplete(
            (all, failure) -> transport.stop().addListener(stopped -> closed.complete(null)));
  }

  private synchronized void endIdleSessions() {
    Duration limit = config.limits().idleTimeout();
    if (limit.isZero() || idleEnded) {
      return;
    }
    idleEnded = true;
    long often = Math.max(1, limit.toMillis() / CHECKS_OF_IDLE);
    for (Lane lane : lanes) {
      lane.loop()
          .scheduleWithFixedDelay(
              () -> lane.sessions().forEach(session -> session.endIfIdle(limit)),
              often,
              often,
              TimeUnit.MILLISECONDS);
    }
  }

  /** Completes when what every event loop has begun before this is done. */
  private CompletableFuture<Void> onAllLanes() {
    return onAllSessions(session -> CompletableFuture.<@Nullable Void>completedFuture(null))
        .thenApply(all -> null);
  }

  /** Does something to the sessions of every lane, on their event loops, and waits for all. */
  private <T extends @Nullable Object> CompletableFuture<List<T>> onAllSessions(
      Function<Session, CompletableFuture<T>> action) {
    List<CompletableFuture<List<T>>> ofLanes = new ArrayList<>();
    for (Lane lane : lanes) {
      CompletableFuture<List<T>> ofLane = new CompletableFuture<>();
      ofLanes.add(ofLane);
      lane.loop()
          .execute(
              () ->
                  all(lane.sessions().stream().map(session -> begin(action, session)).toList())
                      .whenComplete(
                          (results, failure) -> {
                            if (failure != null) {
                              ofLane.completeExceptionally(failure);
                            } else {
                              ofLane.complete(results);
                            }
                          }));
    }
    return all(ofLanes).thenApply(lists -> lists.stream().flatMap(List::stream).toList());
  }

  /** What goes wrong with one session is its outcome, and keeps none of the others waiting. */
  private static <T extends @Nullable Object> CompletableFuture<T> begin(
      Function<Session, CompletableFuture<T>> action, Session session) {
    try {
      return action.apply(session);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T extends @Nullable Object> CompletableFuture<List<T>> all(
      List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(
            nothing -> {
              List<T> results = new ArrayList<>();
              futures.forEach(future -> results.add(future.resultNow()));
              return results;
            });
  }
}
