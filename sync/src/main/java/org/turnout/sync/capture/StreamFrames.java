package org.turnout.sync.capture;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Reads the frames of a replication connection. Waits for the bytes as long as it takes, in
 * whatever pieces they come; reads ahead, so that many small messages take one call of the system,
 * and large ones straight into where they stay. One thread.
 *
 * <p>Rule: no length is believed, and no memory taken for it, before it is checked.
 */
final class StreamFrames {
  /** The largest CopyData: what a server can hold in one piece, and the length itself. */
  static final int LARGEST = Frames.MESSAGE_LIMIT + 4;

  /** The largest of all others, which hold a few sentences at most. */
  static final int LARGEST_OTHER = 1 << 20;

  private static final int READ_AHEAD = 1 << 16;

  private final InputStream input;
  private final byte[] bytes = new byte[READ_AHEAD];
  private final ByteBuffer header = ByteBuffer.wrap(bytes);
  private int next;
  private int end;

  StreamFrames(InputStream input) {
    this.input = input;
  }

  /**
   * One message.
   *
   * @param body in an array of its own, which is the reader's from here on
   */
  record Frame(byte type, ByteBuffer body) {}

  /**
   * The next message; waits for it.
   *
   * @throws EOFException when the connection has ended, also in the middle of a message
   * @throws ProtocolException when what came cannot be a message of a replication connection
   */
  Frame read() throws IOException {
    while (end - next < Frames.HEADER) {
      readAhead();
    }
    byte type = bytes[next];
    int length = checkedLength(type);
    next += Frames.HEADER;
    return new Frame(type, body(length - 4));
  }

  /** Whether a message of the stream has wholly come, so that reading it does not wait. */
  boolean hasCopyData() {
    return end - next >= Frames.HEADER
        && bytes[next] == BackendType.COPY_DATA
        && end - next - 1 >= header.getInt(next + 1);
  }

  private int checkedLength(byte type) {
    int length = header.getInt(next + 1);
    int limit =
        switch (type) {
          case BackendType.COPY_DATA -> LARGEST;
          case BackendType.COPY_BOTH_RESPONSE,
              BackendType.COPY_DONE,
              BackendType.COMMAND_COMPLETE,
              BackendType.ERROR_RESPONSE,
              BackendType.NOTICE_RESPONSE,
              BackendType.NOTIFICATION_RESPONSE,
              BackendType.PARAMETER_STATUS,
              BackendType.READY_FOR_QUERY ->
              LARGEST_OTHER;
          default ->
              throw new ProtocolException(
                  "unexpected message of type 0x%02x on a replication connection"
                      .formatted(type & 0xff));
        };
    if (length < 4 || length > limit) {
      throw new ProtocolException(
          "message '%c' on a replication connection with the length %d, which is not between 4 and %d"
              .formatted(type, length, limit));
    }
    return length;
  }

  private ByteBuffer body(int size) throws IOException {
    byte[] body = new byte[size];
    int filled = take(body, 0);
    while (filled < size) {
      if (size - filled >= READ_AHEAD) {
        filled += some(input.read(body, filled, size - filled));
      } else {
        readAhead();
        filled += take(body, filled);
      }
    }
    return ByteBuffer.wrap(body);
  }

  private int take(byte[] into, int at) {
    int taken = Math.min(into.length - at, end - next);
    System.arraycopy(bytes, next, into, at, taken);
    next += taken;
    return taken;
  }

  /** Reads at least one byte behind those that are there, which are fewer than a header has. */
  private void readAhead() throws IOException {
    System.arraycopy(bytes, next, bytes, 0, end - next);
    end -= next;
    next = 0;
    end += some(input.read(bytes, end, bytes.length - end));
  }

  private static int some(int read) throws EOFException {
    if (read < 0) {
      throw new EOFException("the connection has ended");
    }
    return read;
  }
}
