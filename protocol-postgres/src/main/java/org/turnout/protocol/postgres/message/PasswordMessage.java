package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * PasswordMessage: a password in clear or, answering AuthenticationMD5Password, its hash.
 *
 * <pre>Byte1 'p' | Int32 length | String password</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PASSWORDMESSAGE">PasswordMessage</a>
 */
public record PasswordMessage(String password) implements FrontendMessage {
  public static PasswordMessage decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.PASSWORD);
    PasswordMessage message = new PasswordMessage(reader.name());
    reader.end();
    return message;
  }

  @Override
  public int size() {
    return 5 + FrameWriter.size(password);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.PASSWORD, size());
    FrameWriter.string(buffer, password);
  }

  @Override
  public String toString() {
    return "PasswordMessage[…]";
  }
}
