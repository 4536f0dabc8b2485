package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * SASLInitialResponse: the mechanism chosen and the client's first message.
 *
 * <pre>Byte1 'p' | Int32 length | String mechanism | Int32 n, -1 for none | Byte[n] data</pre>
 *
 * @param data text of the mechanism, or null when the client sent none
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SASLINITIALRESPONSE">SASLInitialResponse</a>
 */
public record SaslInitialResponse(String mechanism, @Nullable String data)
    implements FrontendMessage {
  public static SaslInitialResponse decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.PASSWORD);
    String mechanism = reader.name();
    int length = reader.int32();
    if (length < -1) {
      throw new ProtocolException("negative length " + length);
    }
    String data = length == -1 ? null : new String(reader.bytes(length), StandardCharsets.UTF_8);
    reader.end();
    return new SaslInitialResponse(mechanism, data);
  }

  @Override
  public int size() {
    int dataSize = data == null ? 0 : ByteBufUtil.utf8Bytes(data);
    return 5 + FrameWriter.size(mechanism) + 4 + dataSize;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.PASSWORD, size());
    FrameWriter.string(buffer, mechanism);
    if (data == null) {
      buffer.writeInt(-1);
    } else {
      buffer.writeInt(ByteBufUtil.utf8Bytes(data));
      ByteBufUtil.writeUtf8(buffer, data);
    }
  }

  @Override
  public String toString() {
    return "SaslInitialResponse[mechanism=" + mechanism + "]";
  }
}
