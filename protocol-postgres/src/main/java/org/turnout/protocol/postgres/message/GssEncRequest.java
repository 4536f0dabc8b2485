package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;

/**
 * GSSENCRequest: asks for GSSAPI encryption; answered by the single byte {@code G} or {@code N}.
 *
 * <pre>Int32 8 | Int32 80877104</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-GSSENCREQUEST">GSSENCRequest</a>
 */
public record GssEncRequest() implements InitialMessage {
  public static final int CODE = 80877104;

  public static GssEncRequest decode(ByteBuf buffer) {
    FrameReader.startup(buffer, CODE).end();
    return new GssEncRequest();
  }

  @Override
  public int size() {
    return 8;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.startup(buffer, CODE, size());
  }
}
