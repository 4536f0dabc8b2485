package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * BackendKeyData: what a client needs to cancel.
 *
 * <pre>Byte1 'K' | Int32 length | Int32 process id | Byte[4..256] secret</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BACKENDKEYDATA">BackendKeyData</a>
 */
public record BackendKeyData(int processId, SecretKey secret) implements BackendMessage {
  public static BackendKeyData decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.BACKEND_KEY_DATA);
    return new BackendKeyData(reader.int32(), new SecretKey(reader.rest()));
  }

  @Override
  public int size() {
    return 9 + secret.length();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.BACKEND_KEY_DATA, size());
    buffer.writeInt(processId).writeBytes(secret.bytes());
  }
}
