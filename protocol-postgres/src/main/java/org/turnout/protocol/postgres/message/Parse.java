package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Parse: makes a prepared statement.
 *
 * <pre>Byte1 'P' | Int32 length | String statement | String sql | Int16 n | Int32[n] type oids
 * </pre>
 *
 * @param statement empty for the unnamed one
 * @param parameterTypes oids; 0 leaves a type to the server
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARSE">Parse</a>
 */
public record Parse(String statement, String sql, List<Integer> parameterTypes)
    implements FrontendMessage {
  public Parse {
    parameterTypes = List.copyOf(parameterTypes);
    if (parameterTypes.size() > 0xffff) {
      throw new IllegalArgumentException("a statement has at most 65535 parameters");
    }
  }

  public static Parse decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.PARSE);
    String statement = reader.string();
    String sql = reader.string();
    int count = reader.count16(4);
    List<Integer> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      types.add(reader.int32());
    }
    reader.end();
    return new Parse(statement, sql, types);
  }

  @Override
  public int size() {
    return 5
        + FrameWriter.size(statement)
        + FrameWriter.size(sql)
        + 2
        + Integer.BYTES * parameterTypes.size();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.PARSE, size());
    FrameWriter.string(buffer, statement);
    FrameWriter.string(buffer, sql);
    buffer.writeShort(parameterTypes.size());
    parameterTypes.forEach(buffer::writeInt);
  }
}
