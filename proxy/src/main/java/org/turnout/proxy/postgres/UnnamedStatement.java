package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Parse;

/**
 * The Parse of a session's unnamed statement, which no catalogue lists and which lives until the
 * next one or the next simple query.
 *
 * <p>A copy of the frame is kept, up to a bound; a larger one is lost when the session moves, and
 * its next Bind is refused as the server refuses it. The copy's array is used again. Confined to
 * the session's event loop.
 */
final class UnnamedStatement {
  private static final int LARGEST = 1 << 20;
  private static final int KEPT = 16 * 1024;

  private byte[] frame = new byte[0];
  private int length;
  private int missing;
  private boolean elsewhere;

  /** A Parse goes on, of which {@code there} bytes of {@code size} are in the buffer. */
  void parse(ByteBuf bytes, int index, int there, int size) {
    boolean named = there > Frames.HEADER && bytes.getByte(index + Frames.HEADER) != 0;
    if (named) {
      return;
    }
    elsewhere = false;
    forget();
    if (size <= LARGEST && there > Frames.HEADER) {
      if (frame.length < size) {
        frame = new byte[Math.max(size, Math.min(KEPT, 2 * size))];
      }
      bytes.getBytes(index, frame, 0, there);
      length = there;
      missing = size - there;
    }
  }

  /** More of the frame that {@link #parse} began. */
  void more(ByteBuf bytes, int index, int count) {
    if (missing > 0) {
      bytes.getBytes(index, frame, length, count);
      length += count;
      missing -= count;
    }
  }

  /** The statement went to the secondary alone: the primary has another one, or none. */
  void wentElsewhere() {
    elsewhere = true;
  }

  /** The primary has it. */
  void restored() {
    elsewhere = false;
  }

  /** Whether the unit at the head of the bytes may need the statement where it is not. */
  boolean isNeeded(ByteBuf bytes) {
    if (!elsewhere) {
      return false;
    }
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (end - index > Frames.HEADER) {
      byte type = bytes.getByte(index);
      int size = Frames.size(bytes, index, Frames.MESSAGE_LIMIT);
      int body = index + Frames.HEADER;
      switch (type) {
        case FrontendType.PARSE -> {
          if (bytes.getByte(body) == 0) {
            return false;
          }
        }
        case FrontendType.BIND -> {
          int portal = bytes.indexOf(body, end, (byte) 0);
          if (portal < 0 || portal + 1 >= end || bytes.getByte(portal + 1) == 0) {
            return true;
          }
        }
        case FrontendType.DESCRIBE -> {
          if (bytes.getByte(body) == 'S' && (body + 1 >= end || bytes.getByte(body + 1) == 0)) {
            return true;
          }
        }
        case FrontendType.EXECUTE, FrontendType.CLOSE -> {
          // These name portals, and statements that are to go.
        }
        default -> {
          return false;
        }
      }
      if (size > end - index) {
        return true;
      }
      index += size;
    }
    return index > bytes.readerIndex();
  }

  /** A simple query goes on: the server drops the statement. */
  void forget() {
    elsewhere = false;
    length = 0;
    missing = 0;
    if (frame.length > KEPT) {
      frame = new byte[0];
    }
  }

  /** The statement, if there is one. */
  @Nullable Parse get() {
    return length == 0 || missing > 0
        ? null
        : Parse.decode(Unpooled.wrappedBuffer(frame, 0, length));
  }
}
