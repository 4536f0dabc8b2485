package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * NegotiateProtocolVersion: the server speaks an older version than asked for, or does not know
 * some {@code _pq_.} options.
 *
 * <pre>Byte1 'v' | Int32 length | Int32 newest version | Int32 n | String[n] unknown options</pre>
 *
 * @param newest the newest version that the server speaks, of the major that was asked for
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-NEGOTIATEPROTOCOLVERSION">NegotiateProtocolVersion</a>
 */
public record NegotiateProtocolVersion(ProtocolVersion newest, List<String> unknownOptions)
    implements BackendMessage {
  public NegotiateProtocolVersion {
    unknownOptions = List.copyOf(unknownOptions);
  }

  public static NegotiateProtocolVersion decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.NEGOTIATE_PROTOCOL_VERSION);
    ProtocolVersion newest = ProtocolVersion.of(reader.int32());
    int count = reader.count32(1);
    List<String> options = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      options.add(reader.string());
    }
    reader.end();
    return new NegotiateProtocolVersion(newest, options);
  }

  @Override
  public int size() {
    return 13 + unknownOptions.stream().mapToInt(FrameWriter::size).sum();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.NEGOTIATE_PROTOCOL_VERSION, size());
    buffer.writeInt(newest.code());
    buffer.writeInt(unknownOptions.size());
    unknownOptions.forEach(option -> FrameWriter.string(buffer, option));
  }
}
