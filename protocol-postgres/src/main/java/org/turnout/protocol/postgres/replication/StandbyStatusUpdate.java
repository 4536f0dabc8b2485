package org.turnout.protocol.postgres.replication;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Standby status update: how far the reader of a replication stream is, with the CopyData around
 * it. Immutable.
 *
 * <pre>
 * Byte1 'd' | Int32 length | Byte1 'r' | Int64 received | Int64 durable | Int64 applied | Int64
 * clock | Byte1 reply requested
 * </pre>
 *
 * @param received behind the last byte of the log that has arrived
 * @param durable behind the last one that survives a crash of the reader: the server may forget
 *     everything before, and commits that wait for the reader wait for this
 * @param applied behind the last one that can be seen at the reader's
 * @param sent by the reader's clock
 * @param replyRequested whether the server is to answer with a keepalive at once
 * @see <a href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming
 *     Replication Protocol</a>, at START_REPLICATION
 */
public record StandbyStatusUpdate(
    Lsn received, Lsn durable, Lsn applied, Instant sent, boolean replyRequested) {
  /** Bytes of the whole frame. */
  public static final int SIZE = 1 + 4 + 1 + 4 * 8 + 1;

  private static final byte TYPE = 'r';

  /** Decodes one whole frame. */
  public static StandbyStatusUpdate decode(ByteBuffer frame) {
    ByteBuffer buffer = frame.order(ByteOrder.BIG_ENDIAN);
    if (buffer.remaining() != SIZE
        || buffer.get() != FrontendType.COPY_DATA
        || buffer.getInt() != SIZE - 1
        || buffer.get() != TYPE) {
      throw new ProtocolException("not a standby status update");
    }
    return new StandbyStatusUpdate(
        Reading.lsn(buffer),
        Reading.lsn(buffer),
        Reading.lsn(buffer),
        Reading.instant(buffer),
        Reading.int8(buffer) != 0);
  }

  /** The whole frame. */
  public byte[] encode() {
    return ByteBuffer.allocate(SIZE)
        .put(FrontendType.COPY_DATA)
        .putInt(SIZE - 1)
        .put(TYPE)
        .putLong(received.value())
        .putLong(durable.value())
        .putLong(applied.value())
        .putLong(ChronoUnit.MICROS.between(Reading.EPOCH, sent))
        .put((byte) (replyRequested ? 1 : 0))
        .array();
  }
}
