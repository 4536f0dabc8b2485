package org.turnout.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLException;
import org.turnout.protocol.postgres.message.SslRequest;

/**
 * Encrypts one client's connection before anything else is said: asks for TLS, shakes hands, and
 * only then tells the handlers behind it that the connection is there. The same for every target:
 * BoringSSL where the platform has it, no certificate checked, no session resumed, as libpq does
 * with {@code sslmode=require}. Confined to the generator's event loop.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL">SSL
 *     session encryption</a>
 */
final class TlsStart extends ChannelInboundHandlerAdapter {
  private static final SslContext CONTEXT = context();

  private static SslContext context() {
    try {
      return SslContextBuilder.forClient()
          .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
          // Whom the operator names is whom the load is meant for, in plain text too.
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null)
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("the clients cannot encrypt", e);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.writeAndFlush(Requests.bytes(new SslRequest()), context.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (bytes.readableBytes() != 1) {
        fail(context, "the server sent data before TLS was agreed on");
        return;
      }
      switch (bytes.readByte()) {
        case 'S' -> context.pipeline().addFirst(CONTEXT.newHandler(context.alloc()));
        case 'N' -> fail(context, "the server does not speak TLS");
        default -> fail(context, "the server does not understand the request for TLS");
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        context.fireChannelActive();
        context.pipeline().remove(this);
      } else {
        fail(context, "no TLS: " + handshake.cause());
      }
    }
  }

  private static void fail(ChannelHandlerContext context, String why) {
    context.fireExceptionCaught(new LoadException(why));
  }

  /** Version and cipher suite of an encrypted connection. */
  static String agreed(SslHandler handler) {
    var session = handler.engine().getSession();
    return session.getProtocol() + ", " + session.getCipherSuite();
  }
}
