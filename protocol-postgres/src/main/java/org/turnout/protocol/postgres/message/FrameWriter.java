package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** The few shapes that messages are written from. Thread: the caller's. */
final class FrameWriter {
  private FrameWriter() {}

  /** Header of a typed frame of {@code size} bytes in all. */
  static void header(ByteBuf buffer, byte type, int size) {
    buffer.ensureWritable(size);
    buffer.writeByte(type);
    buffer.writeInt(size - 1);
  }

  /** Header and code of a startup packet of {@code size} bytes in all. */
  static void startup(ByteBuf buffer, int code, int size) {
    buffer.ensureWritable(size);
    buffer.writeInt(size);
    buffer.writeInt(code);
  }

  /**
   * A zero-terminated string in UTF-8.
   *
   * @throws IllegalArgumentException when the text itself contains a zero
   */
  static void string(ByteBuf buffer, String text) {
    if (text.indexOf(0) >= 0) {
      throw new IllegalArgumentException("a string of the protocol cannot contain a zero");
    }
    ByteBufUtil.writeUtf8(buffer, text);
    buffer.writeByte(0);
  }

  /** Bytes of {@link #string}. */
  static int size(String text) {
    return ByteBufUtil.utf8Bytes(text) + 1;
  }
}
