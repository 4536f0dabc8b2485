package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;

/**
 * SSLRequest: asks for TLS; answered by the single byte {@code S} or {@code N}.
 *
 * <pre>Int32 8 | Int32 80877103</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST">SSLRequest</a>
 */
public record SslRequest() implements InitialMessage {
  public static final int CODE = 80877103;

  public static SslRequest decode(ByteBuf buffer) {
    FrameReader.startup(buffer, CODE).end();
    return new SslRequest();
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
