package org.turnout.protocol.postgres.frame;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * Reads frame headers in place, by absolute index, without moving the buffer's indices and without
 * allocating.
 *
 * <pre>
 * typed frame     Byte1 type | Int32 length (itself and the body) | body
 * startup packet               Int32 length (itself and the body) | Int32 code | body
 * </pre>
 *
 * Rule: no length of the network leaves here unchecked. Thread: the caller's.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-overview.html">Overview</a>
 */
public final class Frames {
  /** Bytes of a typed frame before its body. */
  public static final int HEADER = 5;

  /** Bytes of a startup packet before its code. */
  public static final int STARTUP_HEADER = 4;

  /** Answer when the header is not wholly there yet. */
  public static final int INCOMPLETE = -1;

  /**
   * The largest startup packet that a server takes: {@code MAX_STARTUP_PACKET_LENGTH} bytes behind
   * its length.
   */
  public static final int STARTUP_LIMIT = STARTUP_HEADER + 10_000;

  /** The largest message of an authentication exchange ({@code PG_MAX_AUTH_TOKEN_LENGTH}). */
  public static final int AUTHENTICATION_LIMIT = 65_535;

  /** The largest message that a server takes at all ({@code PQ_LARGE_MESSAGE_LIMIT}). */
  public static final int MESSAGE_LIMIT = 0x3fff_fffe;

  private static final int LENGTH_FIELD = 4;

  private Frames() {}

  /** The type byte of the frame that starts at {@code index}. */
  public static byte type(ByteBuf buffer, int index) {
    return buffer.getByte(index);
  }

  /**
   * The length field of the typed frame at {@code index}, whose header must be there: body plus 4.
   *
   * @throws ProtocolException when it is negative or less than 4
   */
  public static int length(ByteBuf buffer, int index) {
    return checked(buffer.getInt(index + 1), Integer.MAX_VALUE);
  }

  /**
   * Bytes of the whole typed frame at {@code index}, type byte included, as its header declares it;
   * {@link #INCOMPLETE} when fewer than {@link #HEADER} bytes are readable. The body need not be
   * there.
   *
   * @param limit the largest length field to accept
   * @throws ProtocolException when the length is negative, less than 4 or over the limit
   */
  public static int size(ByteBuf buffer, int index, int limit) {
    if (buffer.writerIndex() - index < HEADER) {
      return INCOMPLETE;
    }
    return 1 + checked(buffer.getInt(index + 1), limit);
  }

  /**
   * Bytes of the whole startup packet at {@code index}; {@link #INCOMPLETE} when fewer than {@link
   * #STARTUP_HEADER} are readable.
   *
   * @throws ProtocolException when the length is negative, leaves no room for the code, or is over
   *     {@link #STARTUP_LIMIT}
   */
  public static int startupSize(ByteBuf buffer, int index) {
    if (buffer.writerIndex() - index < STARTUP_HEADER) {
      return INCOMPLETE;
    }
    return checkedStartup(buffer.getInt(index));
  }

  /** Whether the typed frame at {@code index} is there to its last byte. */
  public static boolean isComplete(ByteBuf buffer, int index, int limit) {
    int size = size(buffer, index, limit);
    return size != INCOMPLETE && size <= buffer.writerIndex() - index;
  }

  static int checked(int length, int limit) {
    if (length < LENGTH_FIELD || length > Math.min(limit, Integer.MAX_VALUE - 1)) {
      throw new ProtocolException("invalid message length " + length + ", limit " + limit);
    }
    return length;
  }

  static int checkedStartup(int length) {
    if (length < STARTUP_HEADER + 4 || length > STARTUP_LIMIT) {
      throw new ProtocolException("invalid length of startup packet " + length);
    }
    return length;
  }
}
