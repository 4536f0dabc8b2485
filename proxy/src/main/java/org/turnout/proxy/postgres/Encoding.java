package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.turnout.protocol.postgres.message.Message;

/** Writes messages of Turnout's own into one buffer of exactly their size. */
final class Encoding {
  private Encoding() {}

  static ByteBuf encode(ByteBufAllocator allocator, Message message) {
    return encode(allocator, List.of(message));
  }

  static ByteBuf encode(ByteBufAllocator allocator, Iterable<? extends Message> messages) {
    int size = 0;
    for (Message message : messages) {
      size += message.size();
    }
    ByteBuf buffer = allocator.buffer(size);
    try {
      for (Message message : messages) {
        message.encode(buffer);
      }
    } catch (RuntimeException e) {
      buffer.release();
      throw e;
    }
    return buffer;
  }

  /** What is left of two buffers, one behind the other; takes both. */
  static ByteBuf join(ByteBufAllocator allocator, ByteBuf first, ByteBuf second) {
    ByteBuf joined = allocator.buffer(first.readableBytes() + second.readableBytes());
    joined.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return joined;
  }
}
