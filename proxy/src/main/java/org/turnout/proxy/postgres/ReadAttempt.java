package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ParseFrame;

/**
 * A unit of reads that was sent to the secondary, until it is decided whose answer the client gets.
 *
 * <p>Nothing reaches the client before the secondary has shown a row or the end of a command. An
 * error, or the end of the connection, before that sends the unit to the primary, and the client
 * never knows. Confined to the session's event loop.
 */
final class ReadAttempt implements LinkReceiver {
  private static final int MOST_HELD = 256 * 1024;

  private final SecondaryReads reads;
  private ByteBuf unit;
  private int swallow;
  private @Nullable ByteBuf held;
  private int scanned;
  private boolean refused;
  private boolean decided;
  private final List<String> preceding;

  /**
   * @param unit what the client sent; owned by this
   * @param first what Turnout put in front of it, each of which is answered by one message
   */
  ReadAttempt(SecondaryReads reads, ByteBuf unit, List<FrontendMessage> first) {
    this.reads = reads;
    this.unit = unit;
    this.swallow = first.size();
    this.preceding =
        first.stream()
            .flatMap(
                message ->
                    message instanceof ParseFrame parse
                        ? Stream.of(parse.decode().statement())
                        : Stream.of())
            .toList();
  }

  /** Names of the statements that Turnout put in front of the unit. */
  List<String> preceding() {
    return preceding;
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
    ByteBuf before = held;
    ByteBuf bytes = before == null ? buffer : Encoding.join(link.channel().alloc(), before, buffer);
    held = bytes;
    try {
      examine(link, bytes);
    } catch (ProtocolException e) {
      reads.failed(this, link, e);
      return;
    }
    if (!decided) {
      link.read();
    }
  }

  @Override
  public void writable() {
    // A unit is small: it was in one read buffer.
  }

  @Override
  public void closed(BackendLink link, @Nullable Throwable cause) {
    if (!decided) {
      reads.failed(this, link, cause);
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
      if (!refused && (type == BackendType.DATA_ROW || type == BackendType.COMMAND_COMPLETE)) {
        accept(link, bytes);
        return;
      }
      if (size > there) {
        if (size > MOST_HELD) {
          throw new ProtocolException("a message too long to be held back");
        }
        return;
      }
      frame(link, bytes, type, index, size);
    }
  }

  private void frame(BackendLink link, ByteBuf bytes, byte type, int index, int size) {
    switch (type) {
      case BackendType.READY_FOR_QUERY -> {
        if (refused) {
          ByteBuf rest = bytes.readerIndex(index + size);
          held = null;
          reads.refused(this, link, rest);
        } else {
          accept(link, bytes);
        }
      }
      case BackendType.ERROR_RESPONSE -> {
        refused = true;
        scanned += size;
      }
      case BackendType.PARAMETER_STATUS -> {
        ParameterStatus status = ParameterStatus.decode(bytes.slice(index, size));
        link.parameter(status.name(), status.value());
        cut(bytes, index, size);
      }
      case BackendType.NOTIFICATION_RESPONSE -> cut(bytes, index, size);
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

  private void accept(BackendLink link, ByteBuf bytes) {
    decided = true;
    held = null;
    reads.accepted(link, unit, bytes);
  }

  /** Takes a frame out of what is held. */
  private static void cut(ByteBuf bytes, int index, int size) {
    int start = bytes.readerIndex();
    if (index > start) {
      bytes.setBytes(start + size, bytes.copy(start, index - start), index - start);
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
