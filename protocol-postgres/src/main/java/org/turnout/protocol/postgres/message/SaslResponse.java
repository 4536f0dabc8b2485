package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * SASLResponse: a later message of the mechanism.
 *
 * <pre>Byte1 'p' | Int32 length | Byte[n] data</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SASLRESPONSE">SASLResponse</a>
 */
public record SaslResponse(String data) implements FrontendMessage {
  public static SaslResponse decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.PASSWORD);
    return new SaslResponse(new String(reader.rest(), StandardCharsets.UTF_8));
  }

  @Override
  public int size() {
    return 5 + ByteBufUtil.utf8Bytes(data);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.PASSWORD, size());
    ByteBufUtil.writeUtf8(buffer, data);
  }

  @Override
  public String toString() {
    return "SaslResponse[…]";
  }
}
