package org.turnout.proxy.session;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
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
import org.turnout.config.HostPort;
import org.turnout.config.LimitsConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.proxy.backend.Transport;
import org.turnout.proxy.gate.Gate;
import org.turnout.sync.Standing;

/**
 * The traffic of one route, whatever its protocol: listener, event loops, gate, and the snapshot
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
  private @Nullable Channel listener;
  private @Nullable CompletableFuture<Void> closing;

  protected RouteTraffic(RouteConfig config, Transport transport) {
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

  /** Where clients connect to; the port that the system gave when 0 was configured. */
  public synchronized Optional<InetSocketAddress> address() {
    SocketAddress local = listener == null ? null : listener.localAddress();
    return local instanceof InetSocketAddress address ? Optional.of(address) : Optional.empty();
  }

  private synchronized CompletableFuture<Void> listen() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (listener != null) {
      done.complete(null);
      return done;
    }
    ServerBootstrap bootstrap =
        transport
            .listener(config.limits().keepAlive())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel client) {
                    accept(client, laneOf(client));
                  }
                });
    HostPort where = config.listen();
    ChannelFuture bound = bootstrap.bind(where.host(), where.port());
    listener = bound.channel();
    bound.addListener((ChannelFutureListener) future -> bound(future, where, done));
    return done;
  }

  private void bound(ChannelFuture future, HostPort where, CompletableFuture<Void> done) {
    if (future.isSuccess()) {
      LOG.info("route {}: listening on {}", config.name(), future.channel().localAddress());
      future.channel().pipeline().addLast(new AcceptFailures(config.name()));
      endIdleSessions();
      done.complete(null);
      return;
    }
    synchronized (this) {
      listener = null;
    }
    done.completeExceptionally(
        new IOException(
            "route "
                + config.name()
                + ": cannot listen on "
                + where
                + ": "
                + future.cause().getMessage(),
            future.cause()));
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
        .sorted(java.util.Comparator.comparingLong(SessionView::id))
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
    Channel open;
    synchronized (this) {
      if (closing != null) {
        return closing;
      }
      closing = closed;
      open = listener;
      listener = null;
      refusal = "the database system is shutting down";
    }
    if (open != null) {
      open.close();
    }
    LOG.info("route {}: stopping, {} sessions are busy", config.name(), gate.running());
    gate.pause()
        .copy()
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

  private void endIdleSessions() {
    Duration limit = config.limits().idleTimeout();
    if (limit.isZero()) {
      return;
    }
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
