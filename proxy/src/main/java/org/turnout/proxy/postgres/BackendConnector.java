package org.turnout.proxy.postgres;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.backend.Addresses;
import org.turnout.proxy.backend.Transport;
import org.turnout.proxy.tls.ChannelSecurity;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.proxy.tls.SideEncryption.Attempt;

/**
 * Opens connections to the two databases of a route, encrypted as its configuration says. Safe for
 * any thread.
 */
final class BackendConnector implements Backends {
  /** {@code sqlclient_unable_to_establish_sqlconnection}. */
  private static final String UNREACHABLE = "08001";

  /** How long a server may take to let somebody in, in seconds. */
  private static final int LOGIN = 30;

  /**
   * {@code invalid_authorization_specification}: what a server answers whose rules of access want
   * the connection encrypted, or want it in plain text.
   */
  private static final String NOT_ADMITTED = "28000";

  /** {@code invalid_catalog_name}. */
  private static final String NO_DATABASE = "3D000";

  private final RouteConfig route;
  private final Transport transport;
  private final Addresses addresses;
  private final RouteTls tls;

  BackendConnector(RouteConfig route, Transport transport, Addresses addresses, RouteTls tls) {
    this.route = route;
    this.transport = transport;
    this.addresses = addresses;
    this.tls = tls;
  }

  @Override
  public CompletableFuture<BackendLink> connect(
      EventLoop loop,
      Side side,
      StartupMessage startup,
      Credentials credentials,
      Conversation.Asynchronous asynchronous) {
    CompletableFuture<BackendLink> ready = new CompletableFuture<>();
    Start start = new Start(loop, side, forSide(startup, side), credentials, asynchronous);
    attempt(start, tls.side(side).attempts(), ready);
    return ready;
  }

  /** What every attempt at one connection has in common. */
  private record Start(
      EventLoop loop,
      Side side,
      StartupMessage startup,
      Credentials credentials,
      Conversation.Asynchronous asynchronous) {}

  private void attempt(Start start, List<Attempt> attempts, CompletableFuture<BackendLink> ready) {
    CompletableFuture<BackendLink> tried = new CompletableFuture<>();
    open(
        start.loop(),
        start.side(),
        attempts.getFirst(),
        tried,
        channel -> login(start, channel, tried));
    tried.whenComplete(
        (link, failure) -> {
          if (link != null && isElsewhere(start)) {
            link.retire();
            ready.completeExceptionally(noSuchDatabase(start));
          } else if (link != null) {
            ready.complete(link);
          } else if (attempts.size() > 1 && mayDoOtherwise(failure)) {
            attempt(start, attempts.subList(1, attempts.size()), ready);
          } else {
            ready.completeExceptionally(failure);
          }
        });
  }

  /** Whether the server has let the client into another database than the route's. */
  private boolean isElsewhere(Start start) {
    StartupMessage asked = start.startup();
    return !route.side(start.side()).database().equals(asked.database())
        && !Client.isPhysicalReplication(asked);
  }

  /**
   * That database would not be moved, and be lost to its clients with the change of primary. They
   * are told so where a server says that it has none of the name: once it knows them.
   */
  private BackendException noSuchDatabase(Start start) {
    return new BackendException(
        ErrorResponse.fatal(
                NO_DATABASE, "database \"%s\" does not exist".formatted(start.startup().database()))
            .detail(
                "This route leads to the database \"%s\" only.".formatted(route.blue().database())),
        true);
  }

  private static boolean mayDoOtherwise(Throwable failure) {
    return failure instanceof BackendException refusal
        && (refusal.getCause() instanceof SSLException
            || (!refusal.isAuthenticated()
                && NOT_ADMITTED.equals(refusal.answer().report().sqlState())));
  }

  private static void login(Start start, Channel channel, CompletableFuture<BackendLink> tried) {
    Conversation conversation = new Conversation(start.asynchronous());
    BackendLink link = new BackendLink(start.side(), channel, conversation);
    channel.pipeline().addLast(link);
    Credentials.Proof proof = start.credentials().prove(start.side(), ChannelSecurity.of(channel));
    conversation.begin(new BackendLogin(link, conversation, proof, tried));
    ScheduledFuture<?> limit = start.loop().schedule(() -> silent(link, tried), LOGIN, SECONDS);
    tried.whenComplete((opened, failure) -> limit.cancel(false));
    link.send(List.of(start.startup()));
    link.read();
  }

  /** The server took the connection and says nothing. */
  private static void silent(BackendLink link, CompletableFuture<BackendLink> ready) {
    TimeoutException late = new TimeoutException("no answer within " + LOGIN + " s");
    if (ready.completeExceptionally(unreachable(link.side(), late))) {
      link.abort();
    }
  }

  @Override
  public CompletableFuture<Void> cancel(BackendLink link, BackendKeyData key) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CancelRequest request = new CancelRequest(key.processId(), key.secret());
    boolean encrypted = ChannelSecurity.of(link.channel()).isEncrypted();
    connect(
        link.channel().eventLoop(),
        link.side(),
        encrypted ? tls.side(link.side()).insisting() : Attempt.PLAIN,
        link.address(),
        done,
        channel -> {
          channel.closeFuture().addListener(closed -> done.complete(null));
          channel.writeAndFlush(Encoding.encode(channel.alloc(), request));
          channel.read();
        });
    return done;
  }

  /** The route's database may have another name on each side; any other one has the same. */
  private StartupMessage forSide(StartupMessage startup, Side side) {
    String asked = startup.database();
    String named = route.side(side).database();
    boolean isRoutes =
        route.blue().database().equals(asked) || route.green().database().equals(asked);
    if (!isRoutes || named.equals(asked)) {
      return startup;
    }
    Map<String, String> parameters = new LinkedHashMap<>(startup.parameters());
    parameters.put("database", named);
    return new StartupMessage(startup.version(), parameters);
  }

  private void open(
      EventLoop loop,
      Side side,
      Attempt attempt,
      CompletableFuture<?> failed,
      Consumer<Channel> opened) {
    addresses
        .resolve(route.side(side).address())
        .whenComplete(
            (address, failure) -> {
              if (failure != null) {
                loop.execute(() -> failed.completeExceptionally(unreachable(side, failure)));
              } else {
                connect(loop, side, attempt, address, failed, opened);
              }
            });
  }

  private void connect(
      EventLoop loop,
      Side side,
      Attempt attempt,
      SocketAddress address,
      CompletableFuture<?> failed,
      Consumer<Channel> opened) {
    transport
        .connection(loop, address)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                // What the connection is for is put on once it stands.
              }
            })
        .connect()
        .addListener(
            (ChannelFutureListener)
                future -> {
                  if (future.isSuccess()) {
                    encrypt(future.channel(), side, attempt, failed, opened);
                  } else {
                    failed.completeExceptionally(unreachable(side, future.cause()));
                  }
                });
  }

  private void encrypt(
      Channel channel,
      Side side,
      Attempt attempt,
      CompletableFuture<?> failed,
      Consumer<Channel> opened) {
    TlsNegotiation.begin(channel, tls.side(side), attempt)
        .whenComplete(
            (ready, failure) -> {
              if (failure != null) {
                failed.completeExceptionally(unreachable(side, failure));
              } else {
                opened.accept(channel);
              }
            });
  }

  static BackendException unreachable(Side side, Throwable cause) {
    Throwable reason = Cause.of(cause);
    String text = "no connection to the " + side.word() + " database: " + reason.getMessage();
    return new BackendException(ErrorResponse.fatal(UNREACHABLE, text), reason);
  }
}
