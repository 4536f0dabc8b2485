package org.turnout.protocol.mysql.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.mysql.PacketException;

/**
 * Takes payloads out of a stream of packets and joins those that were split.
 *
 * <p>Rule: the length of a payload is checked against the limit at every header, before its bytes
 * are kept; the parts of one payload are numbered without a gap. Whoever takes a payload releases
 * it; {@link #close} releases the parts of one that did not end. Confined to the connection's event
 * loop.
 */
public final class PacketDecoder implements AutoCloseable {
  private final ByteBufAllocator allocator;
  private int limit;
  private int sequence;
  private @Nullable CompositeByteBuf parts;

  /**
   * @param limit the longest joined payload to accept, in bytes
   */
  public PacketDecoder(ByteBufAllocator allocator, int limit) {
    this.allocator = allocator;
    this.limit = limit;
  }

  /** Accepts other lengths from the next header on. */
  public void limit(int newLimit) {
    limit = newLimit;
  }

  /** Sequence id of the latest packet that was taken. */
  public int sequence() {
    return sequence;
  }

  /**
   * Takes the next payload, moving the buffer behind its packets.
   *
   * @param in bytes of the stream, beginning at a header; what is left in it must be there again,
   *     followed by more, at the next call
   * @return the payload, owned by the caller; null when more bytes are needed
   * @throws PacketException when the payload is too long or a part is missing
   */
  public @Nullable ByteBuf decode(ByteBuf in) {
    while (isPacketThere(in)) {
      int index = in.readerIndex();
      boolean continued = Packets.isContinued(in, index);
      int length = Packets.payloadLength(in, index);
      sequence = Packets.sequence(in, index);
      in.skipBytes(Packets.HEADER);
      ByteBuf part = in.readRetainedSlice(length);
      CompositeByteBuf before = parts;
      if (before == null && !continued) {
        return part;
      }
      CompositeByteBuf joined =
          before == null ? allocator.compositeBuffer(Integer.MAX_VALUE) : before;
      joined.addComponent(true, part);
      parts = continued ? joined : null;
      if (!continued) {
        return joined;
      }
    }
    return null;
  }

  private boolean isPacketThere(ByteBuf in) {
    int index = in.readerIndex();
    int size = Packets.size(in, index);
    if (size == Packets.INCOMPLETE) {
      return false;
    }
    CompositeByteBuf before = parts;
    long total = size - Packets.HEADER + (before == null ? 0L : before.readableBytes());
    if (total > limit) {
      throw new PacketException("payload of " + total + " bytes or more, limit " + limit);
    }
    if (before != null && Packets.sequence(in, index) != Packets.next(sequence)) {
      throw new PacketException(
          "packet " + Packets.sequence(in, index) + " out of order after " + sequence);
    }
    return size <= in.readableBytes();
  }

  @Override
  public void close() {
    CompositeByteBuf before = parts;
    if (before != null) {
      parts = null;
      before.release();
    }
  }
}
