package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Describe: asks what a statement or portal takes and gives.
 *
 * <pre>Byte1 'D' | Int32 length | Byte1 'S' or 'P' | String name</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DESCRIBE">Describe</a>
 */
public record Describe(Target target, String name) implements FrontendMessage {
  public static Describe decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.DESCRIBE);
    Describe message = new Describe(Target.of(reader.int8()), reader.string());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 6 + FrameWriter.size(name);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.DESCRIBE, size());
    buffer.writeByte(target.code());
    FrameWriter.string(buffer, name);
  }
}
