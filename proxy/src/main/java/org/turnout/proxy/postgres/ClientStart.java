package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.GssEncRequest;
import org.turnout.protocol.postgres.message.InitialMessage;
import org.turnout.protocol.postgres.message.SslRequest;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.session.ClientAddress;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Newcomers;
import org.turnout.proxy.session.SparingLog;
import org.turnout.proxy.tls.ChannelSecurity;
import org.turnout.proxy.tls.HandshakeFailure;

/**
 * A client from its first byte until it has proved who it is; then a {@link PostgresSession} takes
 * its place.
 *
 * <pre>
 * opening ─SSLRequest─▶ "S", TLS handshake, opening; "N" where the route has no TLS
 *         ─TLS handshake─▶ opening
 *         ─GSSENCRequest─▶ "N", opening
 *         ─CancelRequest─▶ forwarded, closed
 *         ─StartupMessage─▶ proving ({@link ClientProof}) ─▶ session
 * </pre>
 *
 * Rule: lengths are small and a timer runs until the proof is there. Confined to the client's event
 * loop.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP">Start-up</a>
 */
final class ClientStart extends ChannelInboundHandlerAdapter implements Newcomers.Newcomer {
  private static final Logger LOG = LoggerFactory.getLogger(ClientStart.class);
  private static final SparingLog OFTEN = new SparingLog(LOG);

  private final PostgresTraffic traffic;
  private final Lane lane;
  private final Channel client;
  private final StartAnswers answers;
  private final ClientEncryption encryption;
  private @Nullable ByteBuf pending;
  private @Nullable ClientProof proof;
  private @Nullable ScheduledFuture<?> timer;

  ClientStart(PostgresTraffic traffic, Lane lane, Channel client) {
    this.traffic = traffic;
    this.lane = lane;
    this.client = client;
    this.answers = new StartAnswers(client);
    this.encryption = new ClientEncryption(client, traffic.tls());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    lane.newcomers().came(this);
    timer =
        lane.loop()
            .schedule(
                this::timedOut,
                traffic.limits().authenticationTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void giveWay() {
    if (!answers.isOver()) {
      OFTEN.write(
          Level.WARN,
          "client {} is dropped: too many connections are open of which nobody knows whose they"
              + " are",
          ClientAddress.text(client));
      answers.drop("others have come since");
    }
  }

  private void timedOut() {
    if (proof == null) {
      answers.drop("no startup packet came in time");
    } else {
      answers.refuse("57014", "canceling authentication due to timeout");
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    lane.newcomers().went(this);
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
    answers.end();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    if (answers.isOver()) {
      buffer.release();
      return;
    }
    ByteBuf before = pending;
    pending = before == null ? buffer : Encoding.join(context.alloc(), before, buffer);
    advance();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      answers.drop("it left before it had proved who it is");
      return;
    }
    if (!(event instanceof SslHandshakeCompletionEvent handshake) || answers.isOver()) {
      return;
    }
    if (!handshake.isSuccess()) {
      OFTEN.write(
          Level.INFO,
          "client {}: no TLS: {}",
          ClientAddress.text(client),
          HandshakeFailure.reason(handshake.cause()));
      answers.drop("its TLS handshake failed");
    } else if (!encryption.isMeantForPostgres()) {
      answers.drop("it began with TLS and named no protocol (ALPN)");
    } else {
      client.read();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("client {} failed before it was known", ClientAddress.text(client), cause);
    context.close();
  }

  /** Goes on with what the client has sent. */
  void advance() {
    ByteBuf bytes = pending;
    if (bytes != null && bytes.isReadable()) {
      if (proof == null && encryption.isDirect(bytes)) {
        pending = null;
        encrypted(bytes);
        return;
      }
      try {
        take(bytes);
      } catch (ProtocolException e) {
        answers.refuse(ProtocolException.SQLSTATE, String.valueOf(e.getMessage()));
      }
    }
    if (!answers.isOver()) {
      compact();
      client.read();
    }
  }

  private void take(ByteBuf bytes) {
    if (proof == null) {
      opening(bytes);
    } else {
      proof.take(bytes);
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
  private void encrypted(ByteBuf bytes) {
    if (encryption.begin()) {
      client.pipeline().fireChannelRead(bytes);
      client.read();
    } else {
      bytes.release();
      answers.drop("it began with TLS, which the route does not have");
    }
  }

  /** Takes one packet of the beginning, behind which nothing may have come but an early proof. */
  private void opening(ByteBuf bytes) {
    switch (Opening.read(bytes, encryption.isTlsAsked(), encryption.isGssAsked())) {
      case Opening.Incomplete() -> {
        // The rest is read.
      }
      case Opening.Foreign(String reason) -> answers.drop(reason);
      case Opening.Refused(String sqlState, String message) -> answers.refuse(sqlState, message);
      case Opening.Outdated(String message) -> answers.outdated(message);
      case Opening.Packet(InitialMessage message) -> opened(bytes, message);
    }
  }

  private void opened(ByteBuf bytes, InitialMessage packet) {
    switch (packet) {
      case SslRequest request -> {
        if (!encryption.grantsTls() || !bytes.isReadable()) {
          encryption.askedTls();
        }
        nothingBehind(bytes, "SSL");
      }
      case GssEncRequest request -> {
        encryption.askedGss();
        nothingBehind(bytes, "GSSAPI encryption");
      }
      case CancelRequest request -> {
        answers.end();
        traffic.cancel(request, lane).whenComplete((nothing, failure) -> client.close());
      }
      case StartupMessage message -> started(message);
    }
  }

  /** What has come already came in plain text, from the client or from somebody in between. */
  private void nothingBehind(ByteBuf bytes, String what) {
    if (bytes.isReadable()) {
      answers.refuse(
          ErrorResponse.fatal(
                  ProtocolException.SQLSTATE,
                  "received unencrypted data after " + what + " request")
              .detail(
                  "This could be either a client-software bug or evidence of an attempted"
                      + " man-in-the-middle attack."));
    }
  }

  private void started(StartupMessage message) {
    Optional<ErrorResponse> refusal =
        StartRefusal.of(message, traffic)
            .or(() -> StartRefusal.ofSecurity(client, message, traffic))
            .or(() -> StartRefusal.ofLimits(client, traffic));
    if (refusal.isPresent()) {
      answers.refuse(refusal.get());
      return;
    }
    Negotiation.of(message).answer().ifPresent(answers::greet);
    ClientProof begun = new ClientProof(this, traffic, lane, answers, message);
    proof = begun;
    begun.begin(ChannelSecurity.of(client));
  }

  /** The client is who it says: a session takes over. */
  void known(StartupMessage asked, Credentials credentials, List<BackendMessage> greeting) {
    ByteBuf early = pending;
    pending = null;
    if (early != null && !early.isReadable()) {
      early.release();
      early = null;
    }
    Client known = Client.of(client, Negotiation.of(asked).version(), asked, credentials);
    traffic.begin(lane, known, greeting, early);
    client.pipeline().remove(this);
  }
}
