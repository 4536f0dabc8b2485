package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * The Authentication messages: what the server asks of a client before it believes it.
 *
 * <pre>Byte1 'R' | Int32 length | Int32 code | …</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONOK">Authentication…</a>
 */
public sealed interface Authentication extends BackendMessage {

  /** {@code code 0}: the client is in. */
  record Ok() implements Authentication {
    static final int CODE = 0;

    @Override
    public int size() {
      return BODY;
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
    }
  }

  /** {@code code 3}: the password itself is wanted. */
  record CleartextPassword() implements Authentication {
    static final int CODE = 3;

    @Override
    public int size() {
      return BODY;
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
    }
  }

  /**
   * {@code code 5 | Byte4 salt}: the password's MD5 hash is wanted.
   *
   * @param salt the four bytes, as a big-endian number
   */
  record Md5Password(int salt) implements Authentication {
    static final int CODE = 5;

    @Override
    public int size() {
      return BODY + 4;
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
      buffer.writeInt(salt);
    }
  }

  /** {@code code 10 | String[] mechanisms | Byte1 0}: a SASL exchange is wanted. */
  record Sasl(List<String> mechanisms) implements Authentication {
    static final int CODE = 10;

    public Sasl {
      mechanisms = List.copyOf(mechanisms);
    }

    @Override
    public int size() {
      return BODY + 1 + mechanisms.stream().mapToInt(FrameWriter::size).sum();
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
      mechanisms.forEach(mechanism -> FrameWriter.string(buffer, mechanism));
      buffer.writeByte(0);
    }
  }

  /** {@code code 11 | Byte[n] data}: the mechanism's challenge. */
  record SaslContinue(String data) implements Authentication {
    static final int CODE = 11;

    @Override
    public int size() {
      return BODY + ByteBufUtil.utf8Bytes(data);
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
      ByteBufUtil.writeUtf8(buffer, data);
    }
  }

  /** {@code code 12 | Byte[n] data}: the mechanism's outcome; Ok follows. */
  record SaslFinal(String data) implements Authentication {
    static final int CODE = 12;

    @Override
    public int size() {
      return BODY + ByteBufUtil.utf8Bytes(data);
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, CODE, size());
      ByteBufUtil.writeUtf8(buffer, data);
    }
  }

  /**
   * A method that Turnout does not speak (Kerberos, GSSAPI, SSPI and what may come).
   *
   * @param code the server's number of it
   */
  record Unsupported(int code) implements Authentication {
    @Override
    public int size() {
      return BODY;
    }

    @Override
    public void encode(ByteBuf buffer) {
      start(buffer, code, size());
    }
  }

  /** Header and code. */
  int BODY = 9;

  /**
   * @throws ProtocolException when it is malformed
   */
  static Authentication decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.AUTHENTICATION);
    int code = reader.int32();
    Authentication message =
        switch (code) {
          case Ok.CODE -> new Ok();
          case CleartextPassword.CODE -> new CleartextPassword();
          case Md5Password.CODE -> new Md5Password(reader.int32());
          case Sasl.CODE -> new Sasl(mechanisms(reader));
          case SaslContinue.CODE -> new SaslContinue(text(reader));
          case SaslFinal.CODE -> new SaslFinal(text(reader));
          default -> {
            buffer.skipBytes(reader.left());
            yield new Unsupported(code);
          }
        };
    reader.end();
    return message;
  }

  private static List<String> mechanisms(FrameReader reader) {
    List<String> mechanisms = new ArrayList<>();
    for (String name = reader.name(); !name.isEmpty(); name = reader.name()) {
      mechanisms.add(name);
    }
    return mechanisms;
  }

  private static String text(FrameReader reader) {
    return new String(reader.rest(), StandardCharsets.UTF_8);
  }

  private static void start(ByteBuf buffer, int code, int size) {
    FrameWriter.header(buffer, BackendType.AUTHENTICATION, size);
    buffer.writeInt(code);
  }
}
