package org.turnout.protocol.mysql.packet;

import io.netty.buffer.ByteBuf;

/**
 * Reads and writes packet headers in place, by absolute index, and splits payloads.
 *
 * <pre>Int&lt;3&gt; payload length, little endian | Int&lt;1&gt; sequence id | payload</pre>
 *
 * A payload of {@link #LARGEST_PART} bytes or more travels in several packets: each but the last is
 * full, and the last is not, if need be empty. Thread: the caller's.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html">MySQL
 *     packets</a>
 */
public final class Packets {
  /** Bytes of a packet before its payload. */
  public static final int HEADER = 4;

  /** Payload bytes of a packet that is followed by another part. */
  public static final int LARGEST_PART = 0xff_ffff;

  /** Answer when the header is not wholly there yet. */
  public static final int INCOMPLETE = -1;

  private static final int SEQUENCE = 3;
  private static final int SEQUENCE_MASK = 0xff;

  private Packets() {}

  /** Payload bytes of the packet at {@code index}, whose header must be there. */
  public static int payloadLength(ByteBuf buffer, int index) {
    return buffer.getUnsignedMediumLE(index);
  }

  /** Sequence id of the packet at {@code index}, whose header must be there: 0 to 255. */
  public static int sequence(ByteBuf buffer, int index) {
    return buffer.getUnsignedByte(index + SEQUENCE);
  }

  /** Whether another packet continues the payload of the one at {@code index}. */
  public static boolean isContinued(ByteBuf buffer, int index) {
    return payloadLength(buffer, index) == LARGEST_PART;
  }

  /**
   * Bytes of the whole packet at {@code index} as its header declares it; {@link #INCOMPLETE} when
   * fewer than {@link #HEADER} bytes are readable. The payload need not be there.
   */
  public static int size(ByteBuf buffer, int index) {
    return buffer.writerIndex() - index < HEADER
        ? INCOMPLETE
        : HEADER + payloadLength(buffer, index);
  }

  /** The sequence id after this one; 0 follows 255. */
  public static int next(int sequence) {
    return (sequence + 1) & SEQUENCE_MASK;
  }

  /** Bytes of a payload with the headers of all its packets. */
  public static long encodedSize(int payloadLength) {
    return payloadLength + (long) HEADER * (payloadLength / LARGEST_PART + 1);
  }

  /**
   * Appends a payload in as many packets as it needs. The payload is read to its end and stays the
   * caller's.
   *
   * @param sequence id of the first packet
   * @return the sequence id that follows the last packet
   */
  public static int encode(ByteBuf payload, int sequence, ByteBuf out) {
    int id = sequence & SEQUENCE_MASK;
    int length;
    do {
      length = Math.min(payload.readableBytes(), LARGEST_PART);
      out.ensureWritable(HEADER + length);
      out.writeMediumLE(length);
      out.writeByte(id);
      out.writeBytes(payload, length);
      id = next(id);
    } while (length == LARGEST_PART);
    return id;
  }
}
