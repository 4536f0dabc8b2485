package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Reads one whole frame from a buffer's reader index and keeps every read inside that frame.
 *
 * <p>Rule: {@link #end} is called last; a frame with bytes left over is refused, and the buffer's
 * reader index then stands behind the frame. Thread: the caller's.
 */
final class FrameReader {
  private final ByteBuf buffer;
  private final int end;

  private FrameReader(ByteBuf buffer, int end) {
    this.buffer = buffer;
    this.end = end;
  }

  /** Opens a typed frame, of which every byte must be readable. */
  static FrameReader typed(ByteBuf buffer, byte type) {
    int start = buffer.readerIndex();
    int size = Frames.size(buffer, start, Frames.MESSAGE_LIMIT);
    requireWhole(buffer, size);
    if (Frames.type(buffer, start) != type) {
      throw new ProtocolException(
          "expected message '%c', got '%c'".formatted(type, Frames.type(buffer, start) & 0xff));
    }
    buffer.skipBytes(Frames.HEADER);
    return new FrameReader(buffer, start + size);
  }

  /** Opens a startup packet and checks its code. */
  static FrameReader startup(ByteBuf buffer, int code) {
    FrameReader reader = startup(buffer);
    int actual = reader.int32();
    if (actual != code) {
      throw new ProtocolException("expected startup code " + code + ", got " + actual);
    }
    return reader;
  }

  /** Opens a startup packet at its code. */
  static FrameReader startup(ByteBuf buffer) {
    int start = buffer.readerIndex();
    int size = Frames.startupSize(buffer, start);
    requireWhole(buffer, size);
    buffer.skipBytes(Frames.STARTUP_HEADER);
    return new FrameReader(buffer, start + size);
  }

  private static void requireWhole(ByteBuf buffer, int size) {
    if (size == Frames.INCOMPLETE || size > buffer.readableBytes()) {
      throw new ProtocolException("truncated message");
    }
  }

  int left() {
    return end - buffer.readerIndex();
  }

  byte int8() {
    require(1);
    return buffer.readByte();
  }

  int int16() {
    require(2);
    return buffer.readShort();
  }

  /** A count of elements, each of at least {@code elementSize} bytes. */
  int count16(int elementSize) {
    require(2);
    int count = buffer.readUnsignedShort();
    require(count * elementSize);
    return count;
  }

  /** A count of elements, each of at least {@code elementSize} bytes. */
  int count32(int elementSize) {
    int count = int32();
    if (count < 0 || (long) count * elementSize > left()) {
      throw new ProtocolException("invalid count " + count);
    }
    return count;
  }

  int int32() {
    require(4);
    return buffer.readInt();
  }

  byte[] bytes(int length) {
    if (length < 0) {
      throw new ProtocolException("negative length " + length);
    }
    require(length);
    byte[] bytes = new byte[length];
    buffer.readBytes(bytes);
    return bytes;
  }

  byte[] rest() {
    return bytes(left());
  }

  /** A zero-terminated string; bytes that are not UTF-8 become U+FFFD. */
  String string() {
    int length = stringLength();
    String text = buffer.toString(buffer.readerIndex(), length, StandardCharsets.UTF_8);
    buffer.skipBytes(length + 1);
    return text;
  }

  /** A zero-terminated string that must be UTF-8, for names that decide something. */
  String name() {
    ByteBuffer bytes = ByteBuffer.wrap(bytes(stringLength()));
    buffer.skipBytes(1);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException("a name is not UTF-8: " + e.getMessage());
    }
  }

  void end() {
    if (left() != 0) {
      throw new ProtocolException("message has " + left() + " bytes more than its fields");
    }
  }

  private int stringLength() {
    int terminator = buffer.indexOf(buffer.readerIndex(), end, (byte) 0);
    if (terminator < 0) {
      throw new ProtocolException("unterminated string");
    }
    return terminator - buffer.readerIndex();
  }

  private void require(int bytes) {
    if (bytes > left()) {
      throw new ProtocolException("message ends inside a field");
    }
  }
}
