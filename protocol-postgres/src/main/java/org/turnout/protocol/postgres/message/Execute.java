package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Execute: runs a portal.
 *
 * <pre>Byte1 'E' | Int32 length | String portal | Int32 most rows, 0 for all</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-EXECUTE">Execute</a>
 */
public record Execute(String portal, int maximumRows) implements FrontendMessage {
  public static Execute decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.EXECUTE);
    Execute message = new Execute(reader.string(), reader.int32());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 9 + FrameWriter.size(portal);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.EXECUTE, size());
    FrameWriter.string(buffer, portal);
    buffer.writeInt(maximumRows);
  }
}
