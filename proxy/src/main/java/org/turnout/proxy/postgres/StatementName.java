package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;

/** Where a frame of a client names a prepared statement. Stateless. */
final class StatementName {
  /** It names none. */
  static final int NONE = -1;

  /** What is there of the frame does not show it. */
  static final int CUT = -2;

  private StatementName() {}

  /**
   * Index of the first byte of the name; {@link #NONE} or {@link #CUT}.
   *
   * @param index of the frame
   * @param end of what is there of it
   */
  static int index(byte type, ByteBuf bytes, int index, int end) {
    int body = index + Frames.HEADER;
    if (body >= end) {
      return CUT;
    }
    return switch (type) {
      case FrontendType.PARSE -> body;
      case FrontendType.BIND -> {
        int portal = bytes.indexOf(body, end, (byte) 0);
        yield portal < 0 || portal + 1 >= end ? CUT : portal + 1;
      }
      case FrontendType.DESCRIBE, FrontendType.CLOSE -> {
        if (bytes.getByte(body) != 'S') {
          yield NONE;
        }
        yield body + 1 >= end ? CUT : body + 1;
      }
      default -> NONE;
    };
  }

  /**
   * Whether it does not show yet if the frame makes or closes the unnamed statement.
   *
   * @param there bytes of the frame
   */
  static boolean isUnseen(byte type, int size, int there) {
    int needed =
        switch (type) {
          case FrontendType.PARSE -> Frames.HEADER + 1;
          case FrontendType.CLOSE -> Frames.HEADER + 2;
          default -> 0;
        };
    return there < needed && there < size;
  }

  /** The name whose first byte is at {@code index}; null when its end is not there. */
  static @Nullable String text(ByteBuf bytes, int index, int end) {
    int zero = bytes.indexOf(index, end, (byte) 0);
    return zero < 0 ? null : bytes.toString(index, zero - index, StandardCharsets.UTF_8);
  }
}
