package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.NoticeResponse;

/**
 * One connection to a database, for one session, on that session's event loop.
 *
 * <p>It knows what the server has said of itself (settings, cancel key) and hands what arrives to
 * the receiver of the moment. It is read only when the receiver asks. Confined to the event loop.
 */
final class BackendLink extends ChannelInboundHandlerAdapter {
  private static final LinkReceiver DISCARDING =
      new LinkReceiver() {
        @Override
        public void read(BackendLink link, ByteBuf buffer) {
          buffer.release();
          link.read();
        }

        @Override
        public void writable() {}

        @Override
        public void closed(BackendLink link, @Nullable Throwable cause) {}
      };

  private final Side side;
  private final Channel channel;
  private final ReportedSettings parameters = new ReportedSettings();
  private final Conversation conversation;
  private final List<NoticeResponse> notices = new ArrayList<>();
  private LinkReceiver receiver;
  private @Nullable BackendKeyData key;
  private @Nullable Throwable failure;

  /**
   * @param channel on which this handler is to be put
   */
  BackendLink(Side side, Channel channel, Conversation conversation) {
    this.side = side;
    this.channel = channel;
    this.conversation = conversation;
    this.receiver = conversation;
  }

  Side side() {
    return side;
  }

  Channel channel() {
    return channel;
  }

  SocketAddress address() {
    return channel.remoteAddress();
  }

  /** Settings that the server reports, with their values of now. */
  Map<String, String> parameters() {
    return parameters;
  }

  /**
   * Notes a setting that the server reports. The links share the texts: there are few different
   * ones, and a dozen for each link.
   */
  void parameter(String name, String value) {
    parameters.put(name.intern(), value.intern());
  }

  /** Whether text goes as UTF-8 on this link. */
  boolean speaksUnicode() {
    return "UTF8".equals(parameters.get("client_encoding"));
  }

  /** Turnout's own talk on this link. */
  Conversation conversation() {
    return conversation;
  }

  /** What the server noted while the connection was made. */
  List<NoticeResponse> notices() {
    return notices;
  }

  @Nullable BackendKeyData key() {
    return key;
  }

  /** The number of the server's process; 0 where it does not tell. */
  int process() {
    BackendKeyData known = key;
    return known == null ? 0 : known.processId();
  }

  void key(BackendKeyData data) {
    key = data;
  }

  boolean isOpen() {
    return channel.isActive();
  }

  /** Hands what arrives from now on to another receiver. */
  void receiver(LinkReceiver next) {
    assert channel.eventLoop().inEventLoop();
    receiver = next;
  }

  /** Asks for the next bytes. */
  void read() {
    channel.read();
  }

  /** Sends messages of Turnout's own, in one write. */
  void send(Iterable<? extends Message> messages) {
    channel.writeAndFlush(Encoding.encode(channel.alloc(), messages), channel.voidPromise());
  }

  /**
   * The client says no more, and so does this end, behind all that it has said: the server answers
   * what it was asked, does with the rest what it does at the end of a client, and closes.
   */
  void finish() {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            (ChannelFutureListener)
                written -> {
                  if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
                    duplex.shutdownOutput();
                  } else {
                    channel.close();
                  }
                });
  }

  /** Ends the connection politely: the server ends its transaction and frees what it holds. */
  void terminate() {
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    ByteBuf goodbye = Encoding.encode(channel.alloc(), FrontendSignal.TERMINATE);
    channel.writeAndFlush(goodbye).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Ends the connection, and whatever still comes is nobody's. Who talks to the server hears of it.
   */
  void retire() {
    receiver = DISCARDING;
    conversation.retired();
    terminate();
    read();
  }

  /** Cuts the connection, for one that stands inside a frame or does not take bytes any more. */
  void abort() {
    channel.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    receiver.read(this, (ByteBuf) message);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      receiver.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    receiver.closed(this, failure);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failure = cause;
    channel.close();
  }
}
