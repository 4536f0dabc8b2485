package org.turnout.protocol.postgres.replication;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * What a server sends inside CopyData while it streams its log. Immutable, but for the buffer of
 * {@link XLogData}, which belongs to whoever has the message.
 *
 * <pre>
 * XLogData                   Byte1 'w' | Int64 start | Int64 end | Int64 clock | bytes
 * Primary keepalive message  Byte1 'k' | Int64 end | Int64 clock | Byte1 reply requested
 * </pre>
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming
 *     Replication Protocol</a>, at START_REPLICATION
 */
public sealed interface ReplicationMessage {
  /**
   * A piece of the log; of a logical stream, one message of the output plugin.
   *
   * @param start where in the log it stands; not in the order of the stream, whose order is that of
   *     the commits
   * @param end the end of the server's log, or what it takes for it
   * @param sent by the server's clock
   */
  record XLogData(Lsn start, Lsn end, Instant sent, ByteBuffer data)
      implements ReplicationMessage {}

  /**
   * A sign of life.
   *
   * @param end up to where the server has sent its log
   * @param sent by the server's clock
   * @param replyRequested whether the server wants a {@link StandbyStatusUpdate} at once; without
   *     one it may close the connection
   */
  record Keepalive(Lsn end, Instant sent, boolean replyRequested) implements ReplicationMessage {}

  /**
   * Decodes the content of a CopyData between position and limit. The data of {@link XLogData}
   * shares the buffer's array.
   *
   * @throws ProtocolException when it is malformed or neither of the two
   */
  static ReplicationMessage decode(ByteBuffer content) {
    ByteBuffer buffer = content.order(ByteOrder.BIG_ENDIAN);
    byte type = Reading.int8(buffer);
    return switch (type) {
      case 'w' ->
          new XLogData(
              Reading.lsn(buffer), Reading.lsn(buffer), Reading.instant(buffer), buffer.slice());
      case 'k' -> keepalive(buffer);
      default -> throw new ProtocolException("unknown message of the replication stream " + type);
    };
  }

  private static Keepalive keepalive(ByteBuffer buffer) {
    Keepalive keepalive =
        new Keepalive(Reading.lsn(buffer), Reading.instant(buffer), Reading.int8(buffer) != 0);
    if (buffer.hasRemaining()) {
      throw new ProtocolException("keepalive has " + buffer.remaining() + " bytes too many");
    }
    return keepalive;
  }
}
