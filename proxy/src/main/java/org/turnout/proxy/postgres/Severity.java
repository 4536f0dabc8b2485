package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Sees in the bytes of an ErrorResponse whether the server ends the connection with it, without
 * decoding it. Reads field {@code V}, which is never translated (servers since 9.6 send it).
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-error-fields.html">Error
 *     fields</a>
 */
final class Severity {
  private Severity() {}

  /**
   * @param there bytes of the frame at {@code index} that are there, header included
   */
  static boolean isFatal(ByteBuf bytes, int index, int there) {
    int end = index + there;
    int at = index + Frames.HEADER;
    while (at < end && bytes.getByte(at) != 0) {
      byte field = bytes.getByte(at);
      int value = at + 1;
      if (field == 'V') {
        return value < end && (bytes.getByte(value) == 'F' || bytes.getByte(value) == 'P');
      }
      int zero = bytes.indexOf(value, end, (byte) 0);
      if (zero < 0) {
        return false;
      }
      at = zero + 1;
    }
    return false;
  }
}
