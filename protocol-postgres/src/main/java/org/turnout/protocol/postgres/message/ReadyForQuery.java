package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * ReadyForQuery: the answer to everything before is complete.
 *
 * <pre>Byte1 'Z' | Int32 5 | Byte1 status</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-READYFORQUERY">ReadyForQuery</a>
 */
public record ReadyForQuery(TransactionStatus status) implements BackendMessage {
  public static final int SIZE = 6;

  public static ReadyForQuery decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.READY_FOR_QUERY);
    ReadyForQuery message = new ReadyForQuery(TransactionStatus.of(reader.int8()));
    reader.end();
    return message;
  }

  /** Status of the complete ReadyForQuery at {@code index}, without moving or allocating. */
  public static TransactionStatus status(ByteBuf buffer, int index) {
    return TransactionStatus.of(buffer.getByte(index + Frames.HEADER));
  }

  @Override
  public int size() {
    return SIZE;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.READY_FOR_QUERY, size());
    buffer.writeByte(status.code());
  }
}
