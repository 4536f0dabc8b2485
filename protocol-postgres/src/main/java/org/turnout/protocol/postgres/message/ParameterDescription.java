package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * ParameterDescription: the parameters of a statement that was asked for; what it gives follows.
 *
 * <pre>Byte1 't' | Int32 length | Int16 n | { Int32 type }[n]</pre>
 *
 * @param types oids
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARAMETERDESCRIPTION">ParameterDescription</a>
 */
public record ParameterDescription(List<Integer> types) implements BackendMessage {
  public ParameterDescription {
    types = List.copyOf(types);
  }

  public static ParameterDescription decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.PARAMETER_DESCRIPTION);
    int count = reader.count16(Integer.BYTES);
    List<Integer> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      types.add(reader.int32());
    }
    reader.end();
    return new ParameterDescription(types);
  }

  @Override
  public int size() {
    return 7 + Integer.BYTES * types.size();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.PARAMETER_DESCRIPTION, size());
    buffer.writeShort(types.size());
    types.forEach(buffer::writeInt);
  }
}
