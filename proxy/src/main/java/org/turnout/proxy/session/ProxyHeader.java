package org.turnout.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.config.RouteName;

/**
 * What a balancer says of a client before the client's first byte: the PROXY protocol, version 1 or
 * 2. Once it is said, nothing of this is left in the pipeline.
 *
 * <pre>
 * expected ─PROXY with an internet address─▶ said: that is the client's address
 *          ─LOCAL, or without an address─▶ said: the connection is the balancer's own
 *          ─anything else, or the end─▶ failed: closed
 * </pre>
 *
 * Rule: not one byte reaches the handlers behind before it is said. That it comes in time is
 * watched by those. Confined to the client's event loop.
 *
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHeader.class);
  private static final SparingLog OFTEN = new SparingLog(LOG);

  private final RouteName route;
  private final String from;
  private State state = State.EXPECTED;
  private boolean passedOn;

  private enum State {
    EXPECTED,
    SAID,
    FAILED
  }

  /**
   * @param from the other end of the connection
   */
  private ProxyHeader(RouteName route, String from) {
    this.route = route;
    this.from = from;
  }

  /** Has a new client begin with it. */
  static void require(Channel client, RouteName route) {
    ProxyHeader header = new ProxyHeader(route, ClientAddress.text(client));
    client.pipeline().addLast(new Decoder(header), header);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    switch (state) {
      case SAID -> {
        passedOn = true;
        context.fireChannelRead(message);
      }
      case EXPECTED -> {
        try {
          if (message instanceof HAProxyMessage header) {
            said(context.channel(), header);
          }
        } finally {
          ReferenceCountUtil.release(message);
        }
      }
      case FAILED -> ReferenceCountUtil.release(message);
    }
  }

  private void said(Channel client, HAProxyMessage header) {
    state = State.SAID;
    byte[] source =
        header.sourceAddress() == null || header.command() == HAProxyCommand.LOCAL
            ? null
            : NetUtil.createByteArrayFromIpAddressString(header.sourceAddress());
    if (source != null) {
      ClientAddress.say(client, new InetSocketAddress(address(source), header.sourcePort()));
    }
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address that was parsed", e);
    }
  }

  /** Only here it is known whether the client has sent something of its own already. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
    if (state == State.SAID) {
      boolean waits = !passedOn;
      context.pipeline().remove(this);
      if (waits) {
        context.channel().read();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (state == State.SAID) {
      context.fireExceptionCaught(cause);
    } else {
      fail(context.channel(), String.valueOf(cause.getMessage()));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (state == State.EXPECTED) {
      fail(context.channel(), "none came");
    }
    context.fireChannelInactive();
  }

  private void fail(Channel client, String reason) {
    if (state == State.EXPECTED) {
      state = State.FAILED;
      OFTEN.write(
          Level.INFO,
          "route {}: connection of {} closed for want of a PROXY header: {}",
          route,
          from,
          reason);
    }
    client.close();
  }

  /**
   * Tells at the first byte that differs that something is no header. Holds little: what balancers
   * add to the addresses is some hundred bytes.
   */
  private static final class Decoder extends HAProxyMessageDecoder {
    private static final int LONGEST_ADDITION = 2048;
    private static final byte[] BINARY = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
    private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);

    private final ProxyHeader header;

    Decoder(ProxyHeader header) {
      super(LONGEST_ADDITION);
      this.header = header;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      try {
        super.channelRead(context, message);
      } catch (DecoderException e) {
        Throwable reason = e.getCause() == null ? e : e.getCause();
        header.fail(context.channel(), String.valueOf(reason.getMessage()));
      }
    }

    @Override
    protected void callDecode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      if (!begins(in, BINARY) && !begins(in, TEXT)) {
        in.skipBytes(in.readableBytes());
        throw new HAProxyProtocolException("the connection begins with something else");
      }
      super.callDecode(context, in, out);
    }

    private static boolean begins(ByteBuf bytes, byte[] prefix) {
      int length = Math.min(prefix.length, bytes.readableBytes());
      for (int i = 0; i < length; i++) {
        if (bytes.getByte(bytes.readerIndex() + i) != prefix[i]) {
          return false;
        }
      }
      return true;
    }
  }
}
