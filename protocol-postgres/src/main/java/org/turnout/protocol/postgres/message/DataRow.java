package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * DataRow, of a result in text format: what statements of Turnout's own give.
 *
 * <pre>Byte1 'D' | Int32 length | Int16 n | { Int32 length, -1 null | Byte[length] value }[n]</pre>
 *
 * @param values text; null stands for NULL
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW">DataRow</a>
 */
public record DataRow(List<@Nullable String> values) implements BackendMessage {
  public DataRow {
    values = Collections.unmodifiableList(new ArrayList<>(values));
  }

  public static DataRow decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.DATA_ROW);
    int count = reader.count16(4);
    List<@Nullable String> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = reader.int32();
      values.add(length == -1 ? null : new String(reader.bytes(length), StandardCharsets.UTF_8));
    }
    reader.end();
    return new DataRow(values);
  }

  @Override
  public int size() {
    int size = 7;
    for (String value : values) {
      size += 4 + (value == null ? 0 : FrameWriter.size(value) - 1);
    }
    return size;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.DATA_ROW, size());
    buffer.writeShort(values.size());
    for (String value : values) {
      if (value == null) {
        buffer.writeInt(-1);
      } else {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        buffer.writeInt(bytes.length).writeBytes(bytes);
      }
    }
  }
}
