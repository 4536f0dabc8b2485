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
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.backend.Addresses;
import org.turnout.proxy.backend.Transport;

/** Opens connections to the two databases of a route. Safe for any thread. */
final class BackendConnector {
  /** {@code sqlclient_unable_to_establish_sqlconnection}. */
  private static final String UNREACHABLE = "08001";

  /** How long a server may take to let somebody in, in seconds. */
  private static final int LOGIN = 30;

  private final RouteConfig route;
  private final Transport transport;
  private final Addresses addresses;

  BackendConnector(RouteConfig route, Transport transport, Addresses addresses) {
    this.route = route;
    this.transport = transport;
    this.addresses = addresses;
  }

  /**
   * Connects and logs in. Completes on the event loop when the server is ready for the first query;
   * fails with a {@link BackendException}. The link then rests in its conversation.
   */
  CompletableFuture<BackendLink> connect(
      EventLoop loop,
      Side side,
      StartupMessage startup,
      Credentials credentials,
      Conversation.Asynchronous asynchronous) {
    CompletableFuture<BackendLink> ready = new CompletableFuture<>();
    open(
        loop,
        side,
        ready,
        channel -> {
          Conversation conversation = new Conversation(asynchronous);
          BackendLink link = new BackendLink(side, channel, conversation);
          channel.pipeline().addLast(link);
          conversation.begin(new BackendLogin(link, conversation, credentials.prove(side), ready));
          ScheduledFuture<?> limit = loop.schedule(() -> silent(link, ready), LOGIN, SECONDS);
          ready.whenComplete((opened, failure) -> limit.cancel(false));
          link.send(List.of(forSide(startup, side)));
          link.read();
        });
    return ready;
  }

  /** The server took the connection and says nothing. */
  private static void silent(BackendLink link, CompletableFuture<BackendLink> ready) {
    TimeoutException late = new TimeoutException("no answer within " + LOGIN + " s");
    if (ready.completeExceptionally(unreachable(link.side(), late))) {
      link.abort();
    }
  }

  /**
   * Asks the server of a link to cancel what it runs there; completes when the server has closed
   * the connection that this takes, or never took it.
   */
  CompletableFuture<Void> cancel(BackendLink link, BackendKeyData key) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CancelRequest request = new CancelRequest(key.processId(), key.secret());
    connect(
        link.channel().eventLoop(),
        link.side(),
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
      EventLoop loop, Side side, CompletableFuture<?> failed, Consumer<Channel> opened) {
    addresses
        .resolve(route.side(side).address())
        .whenComplete(
            (address, failure) -> {
              if (failure != null) {
                loop.execute(() -> failed.completeExceptionally(unreachable(side, failure)));
              } else {
                connect(loop, side, address, failed, opened);
              }
            });
  }

  private void connect(
      EventLoop loop,
      Side side,
      SocketAddress address,
      CompletableFuture<?> failed,
      Consumer<Channel> opened) {
    transport
        .connection(loop)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                // What the connection is for is put on once it stands.
              }
            })
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                future -> {
                  if (future.isSuccess()) {
                    opened.accept(future.channel());
                  } else {
                    failed.completeExceptionally(unreachable(side, future.cause()));
                  }
                });
  }

  static BackendException unreachable(Side side, Throwable cause) {
    Throwable reason =
        cause instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : cause;
    String text = "no connection to the " + side.word() + " database: " + reason.getMessage();
    return new BackendException(ErrorResponse.fatal(UNREACHABLE, text), reason);
  }
}
