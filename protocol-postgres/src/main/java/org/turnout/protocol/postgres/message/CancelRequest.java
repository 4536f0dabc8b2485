package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;

/**
 * CancelRequest, alone on a connection of its own.
 *
 * <pre>Int32 length | Int32 80877102 | Int32 process id | Byte[4..256] secret</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST">CancelRequest</a>
 */
public record CancelRequest(int processId, SecretKey secret) implements InitialMessage {
  public static final int CODE = 80877102;

  public static CancelRequest decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.startup(buffer, CODE);
    return new CancelRequest(reader.int32(), new SecretKey(reader.rest()));
  }

  @Override
  public int size() {
    return 12 + secret.length();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.startup(buffer, CODE, size());
    buffer.writeInt(processId).writeBytes(secret.bytes());
  }
}
