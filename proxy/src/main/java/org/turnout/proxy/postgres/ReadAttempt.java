package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * A unit of reads that was sent to the secondary, until it is decided whose answer the client gets.
 *
 * <p>The answer is held back until it is complete. An error in it, something that the primary does
 * not have by another number, or the end of the connection before its end, sends the unit to the
 * primary, and the client never knows. Only an answer of more than {@link #MOST_HELD} begins to
 * flow before its end is known. Confined to the session's event loop.
 */
final class ReadAttempt implements LinkReceiver {
  /** Whose attempt it is: is told once how it has ended, and owns the buffers then. */
  interface Owner {
    /** The secondary answers; the answer is whole, or too long for that. */
    void accepted(ReadAttempt attempt, BackendLink link, ByteBuf unit, ByteBuf answer);

    /**
     * The secondary refused, and is ready again.
     *
     * @param rest what came behind its answer
     */
    void refused(ReadAttempt attempt, BackendLink link, TransactionStatus status, ByteBuf rest);

    /** The client has cancelled the unit, and the secondary says so. */
    void cancelled(
        ReadAttempt attempt,
        BackendLink link,
        TransactionStatus status,
        ByteBuf unit,
        ByteBuf answer);

    /** The secondary cannot answer. */
    void failed(ReadAttempt attempt, BackendLink link, @Nullable Throwable cause);
  }

  static final int MOST_HELD = 1 << 20;

  /** The small messages, which decide something, are waited for beyond that. */
  private static final int MOST_OF_SMALL = 64 * 1024;

  private static final String QUERY_CANCELED = "57014";

  private final Owner owner;
  private final ForeignNumbers numbers;
  private final ByteBuf unit;
  private final ReadUnit.Shape shape;
  private final List<String> preceding;
  private int swallow;
  private @Nullable ByteBuf held;
  private int scanned;

  /** Descriptions of columns, or of there being none, so far. */
  private int descriptions;

  /** Where in the answer those are that tell of the unnamed statement; negative without. */
  private int parametersAt = -1;

  private int columnsAt = -1;
  private boolean cancelling;
  private boolean cancelled;
  private boolean refused;
  private boolean decided;
  private long progress = System.nanoTime();

  /**
   * @param numbers what the numbers in the answer are on the primary
   * @param unit what the client sent; owned by this
   * @param shape what the unit does
   * @param first what Turnout put in front of it, each of which is answered by one message
   */
  ReadAttempt(
      Owner owner,
      ForeignNumbers numbers,
      ByteBuf unit,
      ReadUnit.Shape shape,
      List<FrontendMessage> first) {
    this.owner = owner;
    this.numbers = numbers;
    this.unit = unit;
    this.shape = shape;
    this.swallow = first.size();
    this.preceding = first.isEmpty() ? List.of() : statements(first);
  }

  private static List<String> statements(List<FrontendMessage> messages) {
    return messages.stream()
        .flatMap(
            message ->
                message instanceof ParseFrame parse
                    ? Stream.of(parse.decode().statement())
                    : Stream.of())
        .toList();
  }

  /** What the unit does. */
  ReadUnit.Shape shape() {
    return shape;
  }

  /** Names of the statements that Turnout put in front of the unit. */
  List<String> preceding() {
    return preceding;
  }

  /** Remembers what the answer tells the client of the unnamed statement that the unit made. */
  void tell(UnnamedStatement unnamed, ByteBuf answer) {
    if (columnsAt >= 0) {
      int start = answer.readerIndex();
      int parameters = parametersAt < 0 ? -1 : start + parametersAt;
      unnamed.described(answer, parameters, start + columnsAt);
    }
  }

  /** When something of the answer came last, or the unit went. */
  long progress() {
    return progress;
  }

  /** The client has asked for the unit to be cancelled: that it is, is its answer then. */
  void cancelling() {
    cancelling = true;
  }

  /** Gives the unit away, to be run on the primary. */
  ByteBuf takeUnit() {
    decided = true;
    release();
    return unit;
  }

  /** The session has ended before it was decided. */
  void drop() {
    if (!decided) {
      decided = true;
      release();
      unit.release();
    }
  }

  @Override
  public void read(BackendLink link, ByteBuf buffer) {
    if (decided) {
      buffer.release();
      return;
    }
    progress = System.nanoTime();
    ByteBuf bytes = append(link, buffer);
    try {
      examine(link, bytes);
    } catch (ProtocolException e) {
      owner.failed(this, link, e);
      return;
    }
    if (!decided) {
      link.read();
    }
  }

  private ByteBuf append(BackendLink link, ByteBuf buffer) {
    ByteBuf bytes = held;
    if (bytes == null) {
      bytes = buffer;
    } else if (bytes.maxWritableBytes() >= buffer.readableBytes()) {
      bytes.writeBytes(buffer);
      buffer.release();
    } else {
      bytes = Encoding.join(link.channel().alloc(), bytes, buffer);
    }
    held = bytes;
    return bytes;
  }

  @Override
  public void writable() {
    // A unit is small: it was in one read buffer.
  }

  @Override
  public void closed(BackendLink link, @Nullable Throwable cause) {
    if (!decided) {
      owner.failed(this, link, cause);
    }
  }

  private void examine(BackendLink link, ByteBuf bytes) {
    while (!decided) {
      int index = bytes.readerIndex() + scanned;
      int there = bytes.writerIndex() - index;
      if (there < Frames.HEADER) {
        return;
      }
      int size = Frames.size(bytes, index, Integer.MAX_VALUE - 1);
      byte type = bytes.getByte(index);
      if (size <= there) {
        frame(link, bytes, type, index, size);
      } else if (bytes.readableBytes() < MOST_HELD || mayDecide(type, size)) {
        return;
      } else if (refused || swallow > 0 || shape.describesLate()) {
        throw new ProtocolException("an answer too long to be held back");
      } else {
        accept(link, bytes);
      }
    }
  }

  private static boolean mayDecide(byte type, int size) {
    return type != BackendType.DATA_ROW && size <= MOST_OF_SMALL;
  }

  private void frame(BackendLink link, ByteBuf bytes, byte type, int index, int size) {
    switch (type) {
      case BackendType.READY_FOR_QUERY -> ready(link, bytes, index, size);
      case BackendType.ERROR_RESPONSE -> {
        refused = true;
        cancelled |= cancelling && isCancellation(bytes.slice(index, size));
        scanned += size;
      }
      case BackendType.ROW_DESCRIPTION -> {
        refused |= !numbers.translateRow(bytes, index, size);
        if (++descriptions == shape.tells()) {
          columnsAt = scanned;
        }
        scanned += size;
      }
      case BackendType.NO_DATA -> {
        descriptions++;
        scanned += size;
      }
      case BackendType.PARAMETER_DESCRIPTION -> {
        refused |= !numbers.translateParameters(bytes, index, size);
        if (descriptions + 1 == shape.tells()) {
          parametersAt = scanned;
        }
        scanned += size;
      }
      case BackendType.PARAMETER_STATUS -> {
        ParameterStatus status = ParameterStatus.decode(bytes.slice(index, size));
        link.parameter(status.name(), status.value());
        cut(bytes, index, size);
      }
      case BackendType.NOTIFICATION_RESPONSE -> cut(bytes, index, size);
      case BackendType.NOTICE_RESPONSE -> {
        if (swallow > 0) {
          cut(bytes, index, size);
        } else {
          scanned += size;
        }
      }
      default -> {
        if (swallow > 0) {
          swallow--;
          cut(bytes, index, size);
        } else {
          scanned += size;
        }
      }
    }
  }

  private void ready(BackendLink link, ByteBuf bytes, int index, int size) {
    if (size != ReadyForQuery.SIZE) {
      throw new ProtocolException("invalid length of ReadyForQuery");
    }
    TransactionStatus status = ReadyForQuery.status(bytes, index);
    if (!refused) {
      accept(link, bytes);
    } else if (cancelled && swallow == 0) {
      decided = true;
      held = null;
      owner.cancelled(this, link, status, unit, bytes);
    } else {
      ByteBuf rest = bytes.readerIndex(index + size);
      held = null;
      owner.refused(this, link, status, rest);
    }
  }

  private static boolean isCancellation(ByteBuf error) {
    return ErrorResponse.decode(error).report().sqlState().equals(QUERY_CANCELED);
  }

  private void accept(BackendLink link, ByteBuf bytes) {
    decided = true;
    held = null;
    owner.accepted(this, link, unit, bytes);
  }

  /** Takes a frame out of what is held. */
  private static void cut(ByteBuf bytes, int index, int size) {
    int start = bytes.readerIndex();
    if (index > start) {
      ByteBuf before = bytes.copy(start, index - start);
      bytes.setBytes(start + size, before);
      before.release();
    }
    bytes.skipBytes(size);
  }

  private void release() {
    ByteBuf bytes = held;
    held = null;
    if (bytes != null) {
      bytes.release();
    }
  }
}
