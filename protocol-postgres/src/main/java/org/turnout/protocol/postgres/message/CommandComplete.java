package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * CommandComplete: one statement is done.
 *
 * <pre>Byte1 'C' | Int32 length | String tag</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COMMANDCOMPLETE">CommandComplete</a>
 */
public record CommandComplete(String tag) implements BackendMessage {
  public static CommandComplete decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.COMMAND_COMPLETE);
    CommandComplete message = new CommandComplete(reader.string());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 5 + FrameWriter.size(tag);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.COMMAND_COMPLETE, size());
    FrameWriter.string(buffer, tag);
  }
}
