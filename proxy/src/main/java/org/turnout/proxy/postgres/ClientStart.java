package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.GssEncRequest;
import org.turnout.protocol.postgres.message.InitialMessage;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.NegotiateProtocolVersion;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.SslRequest;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.SparingLog;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * A client from its first byte until it has proved who it is; then a {@link PostgresSession} takes
 * its place.
 *
 * <pre>
 * opening ─SSLRequest─▶ "S", TLS handshake, opening; "N" where the route has no TLS
 *         ─TLS handshake─▶ opening
 *         ─GSSENCRequest─▶ "N", opening
 *         ─CancelRequest─▶ forwarded, closed
 *         ─StartupMessage─▶ asking for the verifier ─▶ proving ─▶ session
 * </pre>
 *
 * Rule: lengths are small and a timer runs until the proof is there. Confined to the client's event
 * loop.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP">Start-up</a>
 */
final class ClientStart extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ClientStart.class);
  private static final SparingLog OFTEN = new SparingLog(LOG);
  private static final String OPTION_PREFIX = "_pq_.";

  private final PostgresTraffic traffic;
  private final Lane lane;
  private final List<BackendMessage> greeting = new ArrayList<>();
  private @Nullable ByteBuf pending;
  private @Nullable StartupMessage startup;
  private @Nullable ClientAuthentication proof;
  private @Nullable ScheduledFuture<?> timer;
  private ProtocolVersion version = ProtocolVersion.V3_0;
  private final ClientEncryption encryption;
  private boolean done;

  ClientStart(PostgresTraffic traffic, Lane lane) {
    this.traffic = traffic;
    this.lane = lane;
    this.encryption = new ClientEncryption(traffic.tls());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    timer =
        lane.loop()
            .schedule(
                () -> timedOut(context.channel()),
                traffic.limits().authenticationTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  private void timedOut(Channel client) {
    if (startup == null) {
      drop(client, "no startup packet came in time");
    } else {
      refuse(client, "57014", "canceling authentication due to timeout");
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (timer != null) {
      timer.cancel(false);
    }
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.read();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    done = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    if (done) {
      buffer.release();
      return;
    }
    ByteBuf before = pending;
    pending = before == null ? buffer : Encoding.join(context.alloc(), before, buffer);
    advance(context.channel());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent handshake) || done) {
      return;
    }
    Channel client = context.channel();
    if (!handshake.isSuccess()) {
      OFTEN.write(
          Level.INFO,
          "client {}: no TLS: {}",
          client.remoteAddress(),
          String.valueOf(handshake.cause()));
      drop(client, "its TLS handshake failed");
    } else if (!encryption.isMeantForPostgres()) {
      drop(client, "it began with TLS and named no protocol (ALPN)");
    } else {
      client.read();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("client {} failed before it was known", context.channel().remoteAddress(), cause);
    context.close();
  }

  private void advance(Channel client) {
    ByteBuf bytes = pending;
    if (startup == null && bytes != null && bytes.isReadable() && encryption.isDirect(bytes)) {
      pending = null;
      encrypted(client, bytes);
      return;
    }
    try {
      boolean more = true;
      while (more && !done && bytes != null && bytes.isReadable()) {
        more = startup == null ? opening(client, bytes) : proving(client, bytes);
      }
    } catch (ProtocolException e) {
      refuse(client, ProtocolException.SQLSTATE, String.valueOf(e.getMessage()));
      return;
    }
    if (!done) {
      compact();
      client.read();
    }
  }

  /** A client that is waited for holds no buffer. */
  private void compact() {
    ByteBuf bytes = pending;
    if (bytes != null && !bytes.isReadable()) {
      pending = null;
      bytes.release();
    }
  }

  /** The client begins with TLS: what it has sent goes through what decrypts it. */
  private void encrypted(Channel client, ByteBuf bytes) {
    if (encryption.begin(client)) {
      client.pipeline().fireChannelRead(bytes);
      client.read();
    } else {
      bytes.release();
      drop(client, "it began with TLS, which the route does not have");
    }
  }

  /** Takes one packet of the beginning; false when there is none to take. */
  private boolean opening(Channel client, ByteBuf bytes) {
    switch (Opening.read(bytes, encryption.isTlsAsked(), encryption.isGssAsked())) {
      case Opening.Incomplete() -> {
        return false;
      }
      case Opening.Foreign(String reason) -> drop(client, reason);
      case Opening.Refused(String sqlState, String message) -> refuse(client, sqlState, message);
      case Opening.Outdated(String message) -> {
        done = true;
        ByteBuf text = ByteBufUtil.writeUtf8(client.alloc(), "EFATAL:  " + message + "\n\0");
        client.writeAndFlush(text).addListener(ChannelFutureListener.CLOSE);
      }
      case Opening.Packet(InitialMessage message) -> opened(client, bytes, message);
    }
    return bytes.isReadable() && proof != null;
  }

  private void opened(Channel client, ByteBuf bytes, InitialMessage packet) {
    switch (packet) {
      case SslRequest request -> {
        if (!encryption.grantsTls() || !bytes.isReadable()) {
          encryption.askedTls(client);
        }
        nothingBehind(client, bytes, "SSL");
      }
      case GssEncRequest request -> {
        encryption.askedGss(client);
        nothingBehind(client, bytes, "GSSAPI encryption");
      }
      case CancelRequest request -> {
        done = true;
        traffic.cancel(request, lane).whenComplete((nothing, failure) -> client.close());
      }
      case StartupMessage message -> started(client, message);
    }
  }

  /** What has come already came in plain text, from the client or from somebody in between. */
  private void nothingBehind(Channel client, ByteBuf bytes, String what) {
    if (bytes.isReadable()) {
      refuse(
          client,
          ErrorResponse.fatal(
                  ProtocolException.SQLSTATE,
                  "received unencrypted data after " + what + " request")
              .detail(
                  "This could be either a client-software bug or evidence of an attempted"
                      + " man-in-the-middle attack."));
    }
  }

  private void started(Channel client, StartupMessage message) {
    Optional<ErrorResponse> refusal =
        StartRefusal.of(message, traffic)
            .or(() -> StartRefusal.ofSecurity(client, message, traffic))
            .or(() -> StartRefusal.ofLimits(client, traffic));
    if (refusal.isPresent()) {
      refuse(client, refusal.get());
      return;
    }
    startup = message;
    negotiate(message);
    decide(
        client,
        message,
        traffic
            .roles()
            .admit(
                lane.route().primary(),
                String.valueOf(message.user()),
                ChannelSecurity.of(client)));
  }

  private void decide(Channel client, StartupMessage message, Entrance entrance) {
    switch (entrance) {
      case Entrance.Refused(String sqlState, String why) -> refuse(client, sqlState, why);
      case Entrance.Believed(Credentials credentials) ->
          proved(client, message, List.of(), credentials);
      case Entrance.Asked(CompletableFuture<ClientAuthentication> begun) ->
          begun.whenComplete(
              (exchange, failure) -> lane.loop().execute(() -> ask(client, exchange, failure)));
    }
  }

  private void negotiate(StartupMessage message) {
    List<String> unknown =
        message.parameters().keySet().stream()
            .filter(name -> name.startsWith(OPTION_PREFIX))
            .toList();
    ProtocolVersion asked = message.version();
    version = asked.compareTo(Opening.NEWEST) > 0 ? Opening.NEWEST : asked;
    if (!version.equals(asked) || !unknown.isEmpty()) {
      greeting.add(new NegotiateProtocolVersion(version, unknown));
    }
  }

  private void ask(
      Channel client, @Nullable ClientAuthentication begun, @Nullable Throwable failure) {
    if (done) {
      return;
    }
    if (begun == null) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      OFTEN.write(
          Level.WARN, "cannot read the password verifier of a role: {}", String.valueOf(cause));
      refuse(client, "57P03", "the proxy cannot check passwords now: the primary is not reachable");
      return;
    }
    proof = begun;
    greeting.add(begun.first());
    send(client, greeting);
    greeting.clear();
    advance(client);
  }

  /** Takes one message of the proof; false when there is none to take. */
  private boolean proving(Channel client, ByteBuf bytes) {
    ClientAuthentication current = proof;
    StartupMessage asked = startup;
    if (current == null || asked == null) {
      return false;
    }
    if (!Frames.isComplete(bytes, bytes.readerIndex(), Frames.AUTHENTICATION_LIMIT)) {
      return false;
    }
    if (Frames.type(bytes, bytes.readerIndex()) != FrontendType.PASSWORD) {
      throw new ProtocolException(
          "expected password response, got message type "
              + Frames.type(bytes, bytes.readerIndex()));
    }
    try {
      switch (current.answer(bytes)) {
        case ClientAuthentication.Step.Challenge challenge ->
            send(client, List.of(challenge.message()));
        case ClientAuthentication.Step.Proved(var last, var credentials) ->
            proved(client, asked, last, credentials);
        case ClientAuthentication.Step.Failed() -> failed(client, asked);
      }
    } catch (AuthenticationException e) {
      refuse(client, "28000", String.valueOf(e.getMessage()));
    }
    return !done && bytes.isReadable();
  }

  private void failed(Channel client, StartupMessage asked) {
    String user = String.valueOf(asked.user());
    traffic.roles().failed(lane.route().primary(), user);
    refuse(client, "28P01", "password authentication failed for user \"" + user + "\"");
  }

  private void proved(
      Channel client,
      StartupMessage asked,
      List<? extends BackendMessage> last,
      Credentials byProof) {
    done = true;
    greeting.addAll(last);
    ByteBuf early = pending;
    pending = null;
    if (early != null && !early.isReadable()) {
      early.release();
      early = null;
    }
    Credentials credentials = traffic.roles().credentials(String.valueOf(asked.user()), byProof);
    traffic.begin(lane, Client.of(client, version, asked, credentials), greeting, early);
    client.pipeline().remove(this);
  }

  /** Ends the connection without a word, as the server does it with what is no client. */
  private void drop(Channel client, String reason) {
    if (!done) {
      done = true;
      LOG.debug("connection of {} dropped: {}", client.remoteAddress(), reason);
      client.close();
    }
  }

  private void refuse(Channel client, String sqlState, String message) {
    refuse(client, ErrorResponse.fatal(sqlState, message));
  }

  private void refuse(Channel client, ErrorResponse reason) {
    if (done) {
      return;
    }
    done = true;
    List<Message> answer = new ArrayList<>(greeting);
    answer.add(reason);
    client
        .writeAndFlush(Encoding.encode(client.alloc(), answer))
        .addListener(sent -> client.close());
  }

  private static void send(Channel client, List<? extends Message> messages) {
    client.writeAndFlush(Encoding.encode(client.alloc(), messages), client.voidPromise());
  }
}
