package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Close: forgets a statement or portal.
 *
 * <pre>Byte1 'C' | Int32 length | Byte1 'S' or 'P' | String name</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CLOSE">Close</a>
 */
public record Close(Target target, String name) implements FrontendMessage {
  public static Close decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.CLOSE);
    Close message = new Close(Target.of(reader.int8()), reader.string());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 6 + FrameWriter.size(name);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.CLOSE, size());
    buffer.writeByte(target.code());
    FrameWriter.string(buffer, name);
  }
}
