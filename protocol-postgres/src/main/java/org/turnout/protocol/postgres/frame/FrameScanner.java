package org.turnout.protocol.postgres.frame;

import io.netty.buffer.ByteBuf;

/**
 * Walks the frames of one direction of one connection, whatever pieces they arrive in, so that
 * bytes can be passed on before their frame is complete.
 *
 * <p>It keeps where in a frame the stream stands and nothing of its content. Buffers are read by
 * absolute index; their own indices stay. Rule: lengths are checked when the header is complete,
 * before any byte of the body. Confined to the connection's event loop; nothing is allocated.
 *
 * <pre>
 * while (index &lt; end) {
 *   index = scanner.advance(buffer, index, end);
 *   if (scanner.isBoundary()) { … a frame of scanner.type() ended before index … }
 * }
 * </pre>
 */
public final class FrameScanner {
  private final boolean typed;
  private int limit;
  private byte type;
  private int length;
  private int headerBytes;
  private int bodyLeft;

  private FrameScanner(boolean typed, int limit) {
    this.typed = typed;
    this.limit = limit;
  }

  /**
   * For typed frames.
   *
   * @param limit the largest length field to accept
   */
  public static FrameScanner typed(int limit) {
    return new FrameScanner(true, limit);
  }

  /** For the startup packets at the beginning of a client's stream. */
  public static FrameScanner startup() {
    return new FrameScanner(false, Frames.STARTUP_LIMIT);
  }

  /** Accepts other lengths from the next header on. */
  public void limit(int newLimit) {
    limit = newLimit;
  }

  /**
   * Takes bytes from {@code index} up to the end of the current frame or to {@code end}, whichever
   * comes first.
   *
   * @return the index behind the last byte taken
   * @throws org.turnout.protocol.postgres.ProtocolException when a length is not acceptable; the
   *     scanner must not be used again
   */
  public int advance(ByteBuf buffer, int index, int end) {
    int at = isBoundary() ? wholeHeader(buffer, index, end) : index;
    while (at < end && !isHeaderKnown()) {
      headerByte(buffer.getByte(at++));
    }
    if (isHeaderKnown()) {
      int taken = Math.min(bodyLeft, end - at);
      bodyLeft -= taken;
      at += taken;
    }
    return at;
  }

  /** Whether the last byte taken ended a frame, or none was taken yet. */
  public boolean isBoundary() {
    return headerBytes == 0 || (isHeaderKnown() && bodyLeft == 0);
  }

  /** Whether type and length of the current frame are known. */
  public boolean isHeaderKnown() {
    return headerBytes == headerSize();
  }

  /** Type of the current or just ended frame; zero for a startup packet. */
  public byte type() {
    return type;
  }

  /** Bytes of the current or just ended frame behind its header. */
  public int bodyLength() {
    return length - 4;
  }

  /** Bytes of the current frame that did not arrive yet, once its header is known. */
  public int bodyLeft() {
    return bodyLeft;
  }

  private int headerSize() {
    return typed ? Frames.HEADER : Frames.STARTUP_HEADER;
  }

  private int wholeHeader(ByteBuf buffer, int index, int end) {
    headerBytes = 0;
    type = 0;
    length = 0;
    if (end - index < headerSize()) {
      return index;
    }
    if (typed) {
      type = buffer.getByte(index);
    }
    length = buffer.getInt(index + headerSize() - 4);
    headerBytes = headerSize();
    headerComplete();
    return index + headerSize();
  }

  private void headerByte(byte value) {
    if (typed && headerBytes == 0) {
      type = value;
    } else {
      length = (length << 8) | (value & 0xff);
    }
    headerBytes++;
    if (isHeaderKnown()) {
      headerComplete();
    }
  }

  private void headerComplete() {
    int checked = typed ? Frames.checked(length, limit) : Frames.checkedStartup(length);
    bodyLeft = checked - 4;
  }
}
