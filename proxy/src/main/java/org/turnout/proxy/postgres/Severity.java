package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Sees in the bytes of an ErrorResponse whether the server ends the connection with it, and whether
 * a message was not in its place, without decoding it. Reads the fields {@code V}, which is never
 * translated (servers since 9.6 send it), and {@code C}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-error-fields.html">Error
 *     fields</a>
 */
final class Severity {
  private static final String PROTOCOL_VIOLATION = "08P01";

  private Severity() {}

  /**
   * @param there bytes of the frame at {@code index} that are there, header included
   */
  static boolean isFatal(ByteBuf bytes, int index, int there) {
    int value = value(bytes, index, there, 'V');
    return value > 0 && (bytes.getByte(value) == 'F' || bytes.getByte(value) == 'P');
  }

  /** Whether it is a protocol_violation: the server cannot make sense of a message there. */
  static boolean isProtocolViolation(ByteBuf bytes, int index, int there) {
    int value = value(bytes, index, there, 'C');
    int length = PROTOCOL_VIOLATION.length();
    return value > 0
        && value + length <= index + there
        && bytes.toString(value, length, StandardCharsets.US_ASCII).equals(PROTOCOL_VIOLATION);
  }

  /** Index of the first byte of a field; negative when it is not there. */
  private static int value(ByteBuf bytes, int index, int there, char wanted) {
    int end = index + there;
    int at = index + Frames.HEADER;
    while (at < end && bytes.getByte(at) != 0) {
      int value = at + 1;
      if (bytes.getByte(at) == wanted) {
        return value < end ? value : -1;
      }
      int zero = bytes.indexOf(value, end, (byte) 0);
      if (zero < 0) {
        return -1;
      }
      at = zero + 1;
    }
    return -1;
  }
}
