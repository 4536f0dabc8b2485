package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Bind: makes a portal of a prepared statement. Only the form that Turnout itself sends, with every
 * parameter and every result column as text; of a client's Bind only the {@link #names} are looked
 * at.
 *
 * <pre>
 * Byte1 'B' | Int32 length | String portal | String statement
 *   | Int16 n | Int16[n] parameter formats | Int16 n | { Int32 length, -1 null | Byte[length] }[n]
 *   | Int16 n | Int16[n] result formats
 * </pre>
 *
 * @param parameters text values; null stands for NULL
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND">Bind</a>
 */
public record Bind(String portal, String statement, List<@Nullable String> parameters)
    implements FrontendMessage {
  public Bind {
    parameters = Collections.unmodifiableList(new ArrayList<>(parameters));
    if (parameters.size() > 0xffff) {
      throw new IllegalArgumentException("a statement has at most 65535 parameters");
    }
  }

  /** Portal and statement that a Bind names. */
  public record Names(String portal, String statement) {}

  /** Reads the two names of the Bind at the reader index, and moves behind the whole frame. */
  public static Names names(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.BIND);
    Names names = new Names(reader.string(), reader.string());
    buffer.skipBytes(reader.left());
    return names;
  }

  /**
   * @throws ProtocolException also when a format other than text is asked for
   */
  public static Bind decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.BIND);
    String portal = reader.string();
    String statement = reader.string();
    requireText(reader);
    int count = reader.count16(4);
    List<@Nullable String> parameters = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = reader.int32();
      parameters.add(
          length == -1 ? null : new String(reader.bytes(length), StandardCharsets.UTF_8));
    }
    requireText(reader);
    reader.end();
    return new Bind(portal, statement, parameters);
  }

  private static void requireText(FrameReader reader) {
    int count = reader.count16(2);
    for (int i = 0; i < count; i++) {
      if (reader.int16() != 0) {
        throw new ProtocolException("only text formats are decoded");
      }
    }
  }

  @Override
  public int size() {
    int size = 5 + FrameWriter.size(portal) + FrameWriter.size(statement) + 6;
    for (String parameter : parameters) {
      size += 4 + (parameter == null ? 0 : FrameWriter.size(parameter) - 1);
    }
    return size;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.BIND, size());
    FrameWriter.string(buffer, portal);
    FrameWriter.string(buffer, statement);
    buffer.writeShort(0);
    buffer.writeShort(parameters.size());
    for (String parameter : parameters) {
      if (parameter == null) {
        buffer.writeInt(-1);
      } else {
        byte[] bytes = parameter.getBytes(StandardCharsets.UTF_8);
        buffer.writeInt(bytes.length).writeBytes(bytes);
      }
    }
    buffer.writeShort(0);
  }
}
