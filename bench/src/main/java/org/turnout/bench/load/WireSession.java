package org.turnout.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.FrameScanner;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.Report;

/**
 * One client that is logged in. It runs one {@link Operation} at a time and counts what comes back:
 * an error, or another number of rows or commands than expected, fails it. Confined to the
 * generator's event loop.
 */
final class WireSession extends ChannelInboundHandlerAdapter {
  private final Channel channel;
  private final FrameScanner scanner = FrameScanner.typed(Frames.MESSAGE_LIMIT);
  private final Listener listener;
  private @Nullable Operation operation;
  private @Nullable Step step;
  private int roundTrip;
  private int random;
  private int ready;
  private int commands;
  private int rows;
  private boolean closing;
  private long began;

  /** Learns how it goes; called on the event loop. */
  interface Listener {
    void done(WireSession session);

    void failed(WireSession session, LoadException why);
  }

  WireSession(Channel channel, Listener listener, int seed) {
    this.channel = channel;
    this.listener = listener;
    this.random = seed * 0x9E3779B9 | 1;
  }

  /** Notes when what runs next began, or was due. */
  void began(long nanos) {
    began = nanos;
  }

  long began() {
    return began;
  }

  /** Runs an operation; nothing else may be running. */
  void run(Operation next) {
    operation = next;
    roundTrip = 0;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    send(next.step(0, random));
  }

  /** Runs one round trip on its own. */
  void run(Step alone) {
    operation = null;
    send(alone);
  }

  private void send(Step next) {
    step = next;
    ready = 0;
    commands = 0;
    rows = 0;
    channel.writeAndFlush(next.request().retainedDuplicate(), channel.voidPromise());
  }

  /** Completes when the connection is closed. */
  CompletableFuture<Boolean> closed() {
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    channel.closeFuture().addListener(_ -> closed.complete(true));
    return closed;
  }

  /** Version and cipher suite; empty in plain text. */
  Optional<String> encryption() {
    return Optional.ofNullable(channel.pipeline().get(SslHandler.class)).map(TlsStart::agreed);
  }

  /** Says goodbye, upon which the other end closes the connection. */
  void close() {
    closing = true;
    channel.writeAndFlush(Requests.TERMINATE.retainedDuplicate(), channel.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      int index = bytes.readerIndex();
      int end = bytes.writerIndex();
      while (index < end) {
        index = scanner.advance(bytes, index, end);
        if (scanner.isBoundary()) {
          frame(scanner.type(), bytes, index);
        }
      }
    } finally {
      bytes.release();
    }
  }

  private void frame(byte type, ByteBuf bytes, int end) {
    switch (type) {
      case BackendType.DATA_ROW, BackendType.COPY_DATA -> rows++;
      case BackendType.COMMAND_COMPLETE -> commands++;
      case BackendType.READY_FOR_QUERY -> ready();
      case BackendType.COPY_IN_RESPONSE -> copyIn();
      case BackendType.ERROR_RESPONSE -> fail(text(bytes, end));
      default -> {
        // The other messages of an answer carry nothing that is counted.
      }
    }
  }

  private void copyIn() {
    ByteBuf data = step == null ? null : step.copyData();
    if (data == null) {
      fail("the server asks for the data of a COPY that was not sent");
    } else {
      channel.writeAndFlush(data.retainedDuplicate(), channel.voidPromise());
    }
  }

  private void ready() {
    Step current = step;
    if (current == null) {
      fail("the server is ready unasked");
    } else if (++ready == current.ready()) {
      if (commands == current.commands() && rows == current.rows()) {
        next();
      } else {
        fail(
            "%d rows of %d commands came, expected were %d of %d"
                .formatted(rows, commands, current.rows(), current.commands()));
      }
    }
  }

  private void next() {
    Operation current = operation;
    if (current != null && ++roundTrip < current.roundTrips()) {
      send(Objects.requireNonNull(current).step(roundTrip, random));
    } else {
      step = null;
      listener.done(this);
    }
  }

  private String text(ByteBuf bytes, int end) {
    int start = end - Frames.HEADER - scanner.bodyLength();
    return start < bytes.readerIndex()
        ? "the server answered with an error"
        : String.valueOf(
            ErrorResponse.decode(bytes.duplicate().readerIndex(start))
                .report()
                .field(Report.MESSAGE));
  }

  private void fail(String what) {
    if (!closing) {
      closing = true;
      listener.failed(this, new LoadException(what));
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail("the connection was closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail("the connection failed: " + cause);
  }
}
