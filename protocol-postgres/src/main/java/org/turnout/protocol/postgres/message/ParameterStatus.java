package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * ParameterStatus: a setting that clients are told of, at start and at every change.
 *
 * <pre>Byte1 'S' | Int32 length | String name | String value</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARAMETERSTATUS">ParameterStatus</a>
 */
public record ParameterStatus(String name, String value) implements BackendMessage {
  public static ParameterStatus decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.PARAMETER_STATUS);
    ParameterStatus message = new ParameterStatus(reader.string(), reader.string());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 5 + FrameWriter.size(name) + FrameWriter.size(value);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.PARAMETER_STATUS, size());
    FrameWriter.string(buffer, name);
    FrameWriter.string(buffer, value);
  }
}
