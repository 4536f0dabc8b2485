package org.turnout.protocol.postgres.replication;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.turnout.protocol.postgres.ProtocolException;

/** Reads fields from a buffer that holds one message, and refuses to read beyond it. */
final class Reading {
  private static final long MICROS_PER_SECOND = 1_000_000;

  private static final long EPOCH_SECOND = 946_684_800;

  /** 2000-01-01T00:00:00Z, from which servers count. */
  static final Instant EPOCH = Instant.ofEpochSecond(EPOCH_SECOND);

  private Reading() {}

  static byte int8(ByteBuffer buffer) {
    require(buffer, 1);
    return buffer.get();
  }

  static int int32(ByteBuffer buffer) {
    require(buffer, 4);
    return buffer.getInt();
  }

  static Lsn lsn(ByteBuffer buffer) {
    require(buffer, 8);
    return new Lsn(buffer.getLong());
  }

  static Xid xid(ByteBuffer buffer) {
    return new Xid(int32(buffer));
  }

  /** Microseconds since 2000-01-01. */
  static Instant instant(ByteBuffer buffer) {
    require(buffer, 8);
    long micros = buffer.getLong();
    return Instant.ofEpochSecond(
        EPOCH_SECOND + Math.floorDiv(micros, MICROS_PER_SECOND),
        Math.floorMod(micros, MICROS_PER_SECOND) * 1000);
  }

  /** A count of elements, each of at least {@code elementSize} bytes. */
  static int count16(ByteBuffer buffer, int elementSize) {
    require(buffer, 2);
    int count = buffer.getShort() & 0xffff;
    require(buffer, count * elementSize);
    return count;
  }

  /** A count of elements, each of at least {@code elementSize} bytes. */
  static int count32(ByteBuffer buffer, int elementSize) {
    int count = int32(buffer);
    if (count < 0 || (long) count * elementSize > buffer.remaining()) {
      throw new ProtocolException("invalid count " + count + " in change stream");
    }
    return count;
  }

  /** A length of bytes that follow. */
  static int length(ByteBuffer buffer) {
    return count32(buffer, 1);
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[length(buffer)];
    buffer.get(bytes);
    return bytes;
  }

  static String string(ByteBuffer buffer) {
    int start = buffer.position();
    int end = start;
    while (end < buffer.limit() && buffer.get(end) != 0) {
      end++;
    }
    if (end == buffer.limit()) {
      throw new ProtocolException("unterminated string in change stream");
    }
    byte[] bytes = new byte[end - start];
    buffer.get(bytes).get();
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void require(ByteBuffer buffer, int bytes) {
    if (buffer.remaining() < bytes) {
      throw new ProtocolException("truncated message in change stream");
    }
  }
}
