package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.proxy.session.LaneCounters;

/**
 * What a client sends after its start: headers are looked at, and runs of frames go to the backend
 * as they were read, in one write with one flush.
 *
 * <p>It reads only when everything before has gone on: what the session holds back stays in the one
 * buffer that was read, and the client's socket fills. A frame whose beginning went on is never
 * held in its middle. Confined to the session's event loop.
 */
final class ClientStream extends ChannelInboundHandlerAdapter {
  private final PostgresSession session;
  private final LaneCounters counters;
  private @Nullable ByteBuf pending;
  private int bodyLeft;

  /** The frame at the head has to show more of itself before it may go on. */
  private boolean cut;

  /** The client has said all that it says. */
  private boolean silent;

  /**
   * @param pending what the client sent before its session was there; owned by this
   */
  ClientStream(PostgresSession session, LaneCounters counters, @Nullable ByteBuf pending) {
    this.session = session;
    this.counters = counters;
    this.pending = pending;
  }

  /** Whether everything that went on ended with a whole frame. */
  boolean isAtFrame() {
    return bodyLeft == 0;
  }

  void release() {
    ByteBuf bytes = pending;
    pending = null;
    if (bytes != null) {
      bytes.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    if (session.isEnded()) {
      buffer.release();
      return;
    }
    counters.bytesIn(buffer.readableBytes());
    ByteBuf before = pending;
    pending = before == null ? buffer : Encoding.join(context.alloc(), before, buffer);
    pump();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      session.clientWritable();
    }
  }

  /**
   * The client says no more. What it has said is done and answered as by the server, also what
   * waits at a gate; who waits there for a session is let go.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !session.isEnded()) {
      silent = true;
      session.reads().hurry();
      if (session.isServing() || !session.passage().isBarred()) {
        pump();
      } else {
        session.end(List.of());
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    session.ending().clientGone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    session.ending().clientFailed(cause);
  }

  /**
   * Bytes of the unit at the head of what has not gone on, if all of it is there; else 0. A server
   * that refuses its first message looks at nothing up to Sync, which a simple query has in itself.
   * What it takes without a word outside of a unit belongs to the next one.
   */
  int heldUnit() {
    ByteBuf bytes = pending;
    if (bytes == null || bodyLeft > 0) {
      return 0;
    }
    try {
      return unit(bytes);
    } catch (ProtocolException e) {
      // The primary says what it thinks of it.
      return 0;
    }
  }

  private static int unit(ByteBuf bytes) {
    int index = bytes.readerIndex();
    boolean begun = false;
    while (Frames.isComplete(bytes, index, Frames.MESSAGE_LIMIT)) {
      byte type = bytes.getByte(index);
      boolean whole =
          type == FrontendType.SYNC
              || (!begun && (type == FrontendType.QUERY || type == FrontendType.FUNCTION_CALL));
      int size = Frames.size(bytes, index, Frames.MESSAGE_LIMIT);
      begun |= !isIdle(type, size);
      index += size;
      if (whole) {
        return index - bytes.readerIndex();
      }
    }
    return 0;
  }

  /** Whether a server that stands at the boundary does nothing for such a frame. */
  private static boolean isIdle(byte type, int size) {
    return switch (type) {
      case FrontendType.COPY_DATA, FrontendType.COPY_DONE, FrontendType.COPY_FAIL -> true;
      case FrontendType.FLUSH -> size == Frames.HEADER;
      default -> false;
    };
  }

  /** Drops a unit that has not gone on. */
  void drop(int length) {
    ByteBuf bytes = pending;
    if (bytes != null && !bytes.skipBytes(length).isReadable()) {
      release();
    }
  }

  /** Takes back a unit that was taken by {@link Passage#way}. */
  void putBack(ByteBuf unit) {
    ByteBuf rest = pending;
    pending = rest == null ? unit : Encoding.join(unit.alloc(), unit, rest);
  }

  /** Passes on what may go on now, and asks the client for more when all of it went. */
  void pump() {
    if (!session.takesFromClient()) {
      return;
    }
    ByteBuf bytes = pending;
    if (bytes != null && bodyLeft == 0 && bytes.readableBytes() >= Frames.HEADER) {
      if (goesElsewhere(bytes)) {
        return;
      }
    }
    boolean held = false;
    if (bytes != null) {
      int end;
      try {
        end = scan(bytes);
      } catch (ProtocolException e) {
        session.ending().brokenRequest(e);
        return;
      }
      held = !cut && bytes.writerIndex() - end >= Frames.HEADER;
      pass(bytes, end);
    }
    if (held) {
      session.passage().heldBack();
    }
    session.settle();
    if (silent) {
      if (!held && session.passage().mayEnd()) {
        session.ending().clientSilent();
      }
    } else if (!held && session.passage().backendTakesMore()) {
      session.readClient();
    }
  }

  /** Whether the head of the bytes does not go to the primary now. */
  private boolean goesElsewhere(ByteBuf bytes) {
    int start = bytes.readerIndex();
    Way way;
    try {
      way = session.passage().way(bytes);
    } catch (ProtocolException e) {
      // The primary says what it thinks of it.
      bytes.readerIndex(start);
      return false;
    }
    if (way == Way.MORE && silent) {
      session.end(List.of());
      return true;
    }
    if (pending != null && !pending.isReadable()) {
      release();
    }
    if (way == Way.MORE || (way == Way.ELSEWHERE && pending == null)) {
      // Also while the unit runs elsewhere: to stop reading and begin again would take two calls of
      // the system for each unit. What comes meanwhile stays in the one buffer.
      session.readClient();
    }
    return way != Way.ON;
  }

  private int scan(ByteBuf bytes) {
    cut = false;
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (index < end) {
      if (bodyLeft == 0) {
        if (end - index < Frames.HEADER) {
          break;
        }
        byte type = bytes.getByte(index);
        if (!session.passage().mayPass(type)) {
          break;
        }
        int size = size(bytes, index);
        boolean readable = size != Integer.MAX_VALUE;
        if (readable && StatementName.isUnseen(type, size, end - index)) {
          cut = true;
          break;
        }
        Restoration.Need restored =
            readable ? session.passage().needsRestored(type, bytes, index) : Restoration.Need.NO;
        if (restored != Restoration.Need.NO) {
          cut = restored == Restoration.Need.UNKNOWN;
          if (cut || !goesOnRestored(bytes, index)) {
            break;
          }
        }
        session.passage().passing(type, bytes, index, Math.min(size, end - index), size);
        bodyLeft = size;
      } else {
        session.passage().passingOn(bytes, index, Math.min(bodyLeft, end - index));
      }
      int taken = Math.min(bodyLeft, end - index);
      bodyLeft -= taken;
      index += taken;
    }
    return index;
  }

  /** Has the primary given what the frame needs, and whether it may follow at once. */
  private boolean goesOnRestored(ByteBuf bytes, int index) {
    if (index > bytes.readerIndex()) {
      pass(bytes, index);
    }
    session.passage().restore(bytes, index);
    return !session.passage().restoration().isWaiting();
  }

  /** Bytes of the frame; all that ever comes, when its length cannot be one. */
  private int size(ByteBuf bytes, int index) {
    try {
      return Frames.size(bytes, index, Frames.MESSAGE_LIMIT);
    } catch (ProtocolException e) {
      session.ending().unreadable(e);
      return Integer.MAX_VALUE;
    }
  }

  private void pass(ByteBuf bytes, int upTo) {
    int start = bytes.readerIndex();
    if (upTo == bytes.writerIndex()) {
      pending = null;
      session.passage().toBackend(bytes);
    } else if (upTo > start) {
      session.passage().toBackend(bytes.readRetainedSlice(upTo - start));
    }
  }
}
