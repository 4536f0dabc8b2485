package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.NotificationResponse;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.proxy.session.LaneCounters;

/**
 * Passes what a backend sends on to the client: headers are looked at, runs of frames go on as they
 * were read, in one write with one flush.
 *
 * <p>Rows and COPY data go on before they are whole. The small messages that can come at any time,
 * or decide something, go on whole: so between two query cycles the client never has half a frame,
 * and the backend can be changed. Confined to the session's event loop.
 */
final class ReplyStream implements LinkReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyStream.class);

  /** Larger messages of the small kinds go on in pieces like rows. */
  private static final int WHOLE_UP_TO = 64 * 1024;

  /** Larger than any description of a statement. */
  private static final int LARGEST_OWN = 1 << 20;

  private static final String APPLICATION = "application_name";

  /** Enough of an ErrorResponse to see its severity. */
  private static final int SEVERITY_WITHIN = 128;

  private final PostgresSession session;
  private final Channel client;
  private final ReplyTracker tracker;
  private final LaneCounters counters;
  private @Nullable ByteBuf tail;
  private @Nullable ByteBuf deferred;
  private int bodyLeft;
  private final boolean plain;
  private boolean changed;
  private boolean fatal;

  /**
   * @param plain whether replies are passed on without being followed: a replication connection
   */
  ReplyStream(
      PostgresSession session,
      Channel client,
      ReplyTracker tracker,
      LaneCounters counters,
      boolean plain) {
    this.plain = plain;
    this.session = session;
    this.client = client;
    this.tracker = tracker;
    this.counters = counters;
  }

  /** Whether the client has whole frames only. */
  boolean isAtFrame() {
    return bodyLeft == 0;
  }

  /** Whether the server has said why it ends the connection, and the client has been told. */
  boolean sawFatal() {
    return fatal;
  }

  /** Takes the part of a frame that has come and was not passed on, if any. */
  @Nullable ByteBuf takeTail() {
    ByteBuf taken = tail;
    tail = null;
    return taken;
  }

  /** Takes what a link sent by itself while another one served the client, if anything. */
  @Nullable ByteBuf takeDeferred() {
    ByteBuf taken = deferred;
    deferred = null;
    return taken;
  }

  void dropTail() {
    ByteBuf rest = takeTail();
    if (rest != null) {
      rest.release();
    }
  }

  void release() {
    dropTail();
    ByteBuf later = takeDeferred();
    if (later != null) {
      later.release();
    }
  }

  /** Passes on what a link sent by itself while another one served the client. */
  void readDeferred(BackendLink link) {
    ByteBuf later = takeDeferred();
    if (later != null) {
      read(link, later);
    }
  }

  /**
   * Tells the client what a link that is lost has said by itself while another one served, as far
   * as it is whole: the server's reason to end the connection is part of it.
   */
  void passLastWords(BackendLink link) {
    ByteBuf later = takeDeferred();
    if (later == null) {
      return;
    }
    int start = later.readerIndex();
    int index = start;
    try {
      while (isAtFrame() && Frames.isComplete(later, index, WHOLE_UP_TO)) {
        index += frame(link, later, index, later.writerIndex() - index);
      }
    } catch (ProtocolException e) {
      LOG.debug("session {}: {}", session.number(), e.getMessage());
    }
    if (index > start) {
      counters.bytesOut(index - start);
      client.write(later.retainedSlice(start, index - start), client.voidPromise());
    }
    later.release();
  }

  @Override
  public void read(BackendLink link, ByteBuf buffer) {
    if (!session.isServedBy(link)) {
      // It is not read again until it is its turn.
      ByteBuf earlier = deferred;
      deferred = earlier == null ? buffer : Encoding.join(link.channel().alloc(), earlier, buffer);
      return;
    }
    ByteBuf rest = takeTail();
    ByteBuf bytes = rest == null ? buffer : Encoding.join(link.channel().alloc(), rest, buffer);
    changed = false;
    int passed;
    try {
      passed = scan(link, bytes);
    } catch (ProtocolException e) {
      bytes.release();
      session.ending().brokenReply(link, e);
      return;
    }
    pass(bytes, passed);
    if (changed) {
      session.repliesPassed();
    }
    if (client.isWritable()) {
      link.read();
    }
  }

  @Override
  public void writable() {
    session.goOn();
  }

  @Override
  public void closed(BackendLink link, @Nullable Throwable cause) {
    session.backendGone(link, cause);
  }

  private int scan(BackendLink link, ByteBuf bytes) {
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (index < end) {
      if (bodyLeft == 0 && isForTurnout(bytes, index, end - index)) {
        if (!Frames.isComplete(bytes, index, LARGEST_OWN)) {
          break;
        }
        takeOwn(link, bytes, index);
        index = bytes.readerIndex();
      } else if (bodyLeft == 0) {
        int taken = frame(link, bytes, index, end - index);
        if (taken == 0) {
          break;
        }
        index += taken;
      } else {
        int taken = Math.min(bodyLeft, end - index);
        bodyLeft -= taken;
        index += taken;
      }
    }
    return index;
  }

  /** Whether the frame at {@code index} answers what Turnout said, not the client. */
  private boolean isForTurnout(ByteBuf bytes, int index, int there) {
    return there >= Frames.HEADER && !plain && tracker.answersOwn(bytes.getByte(index));
  }

  /** Takes that frame, which is whole, out of the bytes; what is before it goes on. */
  private void takeOwn(BackendLink link, ByteBuf bytes, int index) {
    int length = index - bytes.readerIndex();
    if (length > 0) {
      counters.bytesOut(length);
      client.writeAndFlush(bytes.readRetainedSlice(length), client.voidPromise());
    }
    int size = Frames.size(bytes, index, LARGEST_OWN);
    changed |= session.passage().restoration().answered(link, bytes.slice(index, size));
    bytes.skipBytes(size);
  }

  /** Looks at the frame at {@code index}; returns how much of it may go on, 0 to wait for more. */
  private int frame(BackendLink link, ByteBuf bytes, int index, int there) {
    if (there < Frames.HEADER) {
      return 0;
    }
    int size = Frames.size(bytes, index, Integer.MAX_VALUE - 1);
    byte type = bytes.getByte(index);
    if (there < size && goesWhole(type, size, there)) {
      return 0;
    }
    if (!plain) {
      follow(link, bytes, index, type, Math.min(there, size));
    } else if (type == BackendType.ERROR_RESPONSE) {
      fatal |= Severity.isFatal(bytes, index, Math.min(there, size));
    }
    int taken = Math.min(there, size);
    bodyLeft = size - taken;
    return taken;
  }

  private static boolean goesWhole(byte type, int size, int there) {
    return switch (type) {
      case BackendType.READY_FOR_QUERY,
          BackendType.PARAMETER_STATUS,
          BackendType.NOTICE_RESPONSE,
          BackendType.COPY_IN_RESPONSE ->
          size <= WHOLE_UP_TO;
      case BackendType.ERROR_RESPONSE -> size <= WHOLE_UP_TO || there < SEVERITY_WITHIN;
      case BackendType.NOTIFICATION_RESPONSE ->
          size <= WHOLE_UP_TO || there < NotificationResponse.PROCESS_WITHIN;
      default -> false;
    };
  }

  private void follow(BackendLink link, ByteBuf bytes, int index, byte type, int there) {
    switch (type) {
      case BackendType.READY_FOR_QUERY -> {
        if (there != ReadyForQuery.SIZE) {
          throw new ProtocolException("invalid length of ReadyForQuery");
        }
        tracker.ready(ReadyForQuery.status(bytes, index));
        changed = true;
      }
      case BackendType.ERROR_RESPONSE -> {
        boolean ends = Severity.isFatal(bytes, index, there);
        fatal |= ends;
        tracker.error(ends, Severity.isProtocolViolation(bytes, index, there));
        session.refused(link);
        changed = true;
      }
      case BackendType.COPY_IN_RESPONSE -> {
        tracker.received(type);
        changed = true;
      }
      case BackendType.NOTIFICATION_RESPONSE -> {
        tracker.received(type);
        session.key().nameSelf(link, bytes, index, there);
      }
      case BackendType.PARAMETER_STATUS -> {
        if (Frames.isComplete(bytes, index, Integer.MAX_VALUE - 1)) {
          note(link, ParameterStatus.decode(bytes.slice(index, there)));
        }
      }
      default -> tracker.received(type);
    }
  }

  private void note(BackendLink link, ParameterStatus status) {
    link.parameter(status.name(), status.value());
    if (status.name().equals(APPLICATION)) {
      session.identity().application(status.value());
    }
  }

  private void pass(ByteBuf bytes, int upTo) {
    int start = bytes.readerIndex();
    int length = upTo - start;
    counters.bytesOut(length);
    if (upTo == bytes.writerIndex()) {
      client.writeAndFlush(bytes, client.voidPromise());
      return;
    }
    // Copied, so that a few bytes of a small message do not keep the large buffer of a read.
    tail = client.alloc().buffer(bytes.writerIndex() - upTo);
    tail.writeBytes(bytes, upTo, bytes.writerIndex() - upTo);
    if (length == 0) {
      bytes.release();
    } else {
      client.writeAndFlush(bytes.writerIndex(upTo), client.voidPromise());
    }
  }
}
