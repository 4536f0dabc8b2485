package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.authentication.MockVerifiers;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.proxy.backend.Addresses;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.backend.Transport;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.RouteTraffic;
import org.turnout.proxy.tls.ClientTls;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.sync.Freshness;
import org.turnout.sync.SideCatalogue;

/**
 * The data plane of a PostgreSQL route.
 *
 * <p>To follow a query: {@link ClientStream} reads it and asks {@link PostgresSession} whether it
 * may go on, {@link BackendLink} carries it, {@link ReplyStream} brings the answer. {@link
 * ClientStart} comes before that. Safe for any thread.
 */
public final class PostgresTraffic extends RouteTraffic {
  /** The protocol's name in TLS (ALPN). */
  public static final String PROTOCOL = "postgresql";

  /** How long replaced certificates may stay unnoticed. */
  private static final int TLS_CHECK_SECONDS = 5;

  private final Roles roles;
  private final BackendConnector connector;
  private final CancelKeys cancelKeys = new CancelKeys();
  private final Map<Lane, ReadPolicy> policies = new ConcurrentHashMap<>();
  private final Freshness freshness;
  private final Duration wait;
  private final SecondaryRules readRules;
  private final ExecutorService blocking;
  private final RouteConfig config;
  private final RouteTls tls;
  private final ScheduledFuture<?> tlsChecks;

  /**
   * @param tls loaded for {@link #PROTOCOL}
   * @param catalogues what a side's catalogue says; asked on threads that may block
   * @param freshness up to when the secondary is known to have what the primary has
   * @param mocks what roles are asked by that do not exist
   * @param inherited the sockets of a predecessor
   */
  public PostgresTraffic(
      RouteConfig route,
      RouteTls tls,
      Function<Side, SideCatalogue> catalogues,
      Freshness freshness,
      MockVerifiers mocks,
      InheritedSockets inherited) {
    this(
        route,
        tls,
        catalogues,
        freshness,
        mocks,
        inherited,
        Transport.start(Transport.usualLoops(), "turnout-" + route.name()));
  }

  PostgresTraffic(
      RouteConfig route,
      RouteTls tls,
      Function<Side, SideCatalogue> catalogues,
      Freshness freshness,
      MockVerifiers mocks,
      InheritedSockets inherited,
      Transport transport) {
    super(route, transport, inherited);
    this.freshness = freshness;
    wait = route.reads().maxWait();
    this.config = route;
    this.tls = tls;
    blocking =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("turnout-" + route.name() + "-ask-", 0).factory());
    roles = new Roles(route, new Verifiers(catalogues, blocking), mocks, blocking);
    readRules = new SecondaryRules(catalogues, blocking, transport.loops().getFirst());
    connector = new BackendConnector(route, transport, new Addresses(transport, blocking), tls);
    tlsChecks =
        transport
            .loops()
            .getFirst()
            .scheduleWithFixedDelay(
                () -> blocking.execute(tls::check),
                TLS_CHECK_SECONDS,
                TLS_CHECK_SECONDS,
                TimeUnit.SECONDS);
  }

  @Override
  protected void accept(Channel client, Lane lane) {
    client.pipeline().addLast(new ClientStart(this, lane, client));
  }

  @Override
  public CompletableFuture<Void> close() {
    readRules.use(false);
    tlsChecks.cancel(false);
    return super.close().whenComplete((nothing, failure) -> blocking.shutdown());
  }

  @Override
  public void readWeight(double percent) {
    super.readWeight(percent);
    readRules.use(percent > 0);
  }

  Roles roles() {
    return roles;
  }

  /** Empty where the route has no TLS. */
  Optional<ClientTls> tls() {
    return tls.clients();
  }

  /** Whether a client's password may not be asked for in plain text. */
  boolean mustEncrypt() {
    return tls.clients().filter(ClientTls::isRequired).isPresent()
        || config.authentication().method() == AuthenticationConfig.Method.PASSWORD;
  }

  /** A client has proved who it is: its session begins. */
  void begin(Lane lane, Client client, List<BackendMessage> greeting, @Nullable ByteBuf early) {
    PostgresSession session =
        new PostgresSession(
            lane,
            registry().nextNumber(),
            client,
            connector,
            cancelKeys,
            policies.computeIfAbsent(
                lane,
                key -> new ReadPolicy(key, freshness, wait, readRules::now, readRules::numbers)),
            greeting,
            early);
    client.channel().pipeline().addLast(session.start());
    begun(client.channel());
  }

  /** Cancels what the session of the key runs; completes when that was tried. */
  CompletableFuture<Void> cancel(CancelRequest request, Lane from) {
    PostgresSession session = cancelKeys.find(request);
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (session == null) {
      done.complete(null);
    } else {
      session
          .lane()
          .loop()
          .execute(
              () ->
                  session
                      .cancel()
                      .whenComplete(
                          (nothing, failure) -> from.loop().execute(() -> done.complete(null))));
    }
    return done;
  }
}
