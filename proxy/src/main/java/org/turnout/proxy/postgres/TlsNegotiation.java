package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.EOFException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.SslRequest;
import org.turnout.protocol.postgres.tls.ServerTrust;
import org.turnout.proxy.tls.SideEncryption;
import org.turnout.proxy.tls.SideEncryption.Attempt;

/**
 * The beginning of a connection to a database, up to where its first message may be sent.
 *
 * <pre>
 * asking ─"S"─▶ handshaking ─▶ done, encrypted
 *        ─"N"─▶ done, in plain text (or failed, where TLS is insisted on)
 * </pre>
 *
 * Rule: behind the server's one byte nothing may have come in plain text; it would be somebody
 * else's. Confined to the channel's event loop.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL">SSL
 *     session encryption</a>
 */
final class TlsNegotiation extends ChannelInboundHandlerAdapter {
  private static final int TIMEOUT_SECONDS = 10;

  private final SideEncryption side;
  private final Attempt attempt;
  private final CompletableFuture<Channel> done = new CompletableFuture<>();
  private @Nullable ScheduledFuture<?> timer;
  private boolean asking;

  private TlsNegotiation(SideEncryption side, Attempt attempt) {
    this.side = side;
    this.attempt = attempt;
  }

  /**
   * Completes on the event loop with the channel; fails with an {@link SSLException} when the two
   * ends could not agree, and with what went wrong when the connection did. The channel is closed
   * then.
   */
  static CompletableFuture<Channel> begin(Channel channel, SideEncryption side, Attempt attempt) {
    if (attempt == Attempt.PLAIN) {
      return CompletableFuture.completedFuture(channel);
    }
    TlsNegotiation negotiation = new TlsNegotiation(side, attempt);
    channel.pipeline().addLast(negotiation);
    negotiation.start(channel);
    return negotiation.done;
  }

  private void start(Channel channel) {
    timer =
        channel
            .eventLoop()
            .schedule(
                () -> fail(channel, new TimeoutException("the server does not answer in TLS")),
                TIMEOUT_SECONDS,
                TimeUnit.SECONDS);
    if (attempt == Attempt.DIRECT) {
      encrypt(channel);
    } else {
      asking = true;
      channel.writeAndFlush(
          Encoding.encode(channel.alloc(), new SslRequest()), channel.voidPromise());
      channel.read();
    }
  }

  private void encrypt(Channel channel) {
    SslHandler handler = side.handler(channel.alloc());
    handler.setHandshakeTimeoutMillis(0);
    channel.pipeline().addFirst(handler);
    channel.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    Channel channel = context.channel();
    try {
      if (!asking || bytes.readableBytes() != 1) {
        fail(channel, new ProtocolException("the server sent data before TLS was agreed on"));
        return;
      }
      asking = false;
      byte answer = bytes.readByte();
      if (answer == 'S') {
        encrypt(channel);
      } else if (answer == 'N' && attempt == Attempt.ASK) {
        succeed(channel);
      } else if (answer == 'N') {
        fail(channel, new SSLException("the server does not have TLS, which sslmode asks for"));
      } else {
        fail(channel, new ProtocolException("the server does not understand the request for TLS"));
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        succeed(context.channel());
      } else {
        fail(context.channel(), inWords(handshake.cause()));
      }
    }
  }

  private static Throwable inWords(Throwable failure) {
    return ServerTrust.refusal(failure)
        .<Throwable>map(words -> new SSLException(words, failure))
        .orElseGet(
            () ->
                failure instanceof SSLException
                    ? new SSLException("no TLS: " + failure.getMessage(), failure)
                    : failure);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context.channel(), new EOFException("the server closed the connection"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(context.channel(), inWords(cause));
  }

  private void succeed(Channel channel) {
    end();
    channel.pipeline().remove(this);
    done.complete(channel);
  }

  private void fail(Channel channel, Throwable cause) {
    end();
    if (done.completeExceptionally(cause)) {
      channel.close();
    }
  }

  private void end() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
