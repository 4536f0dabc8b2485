package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Query: SQL text of the simple protocol.
 *
 * <pre>Byte1 'Q' | Int32 length | String sql</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY">Query</a>
 */
public record Query(String sql) implements FrontendMessage {
  public static Query decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, FrontendType.QUERY);
    Query query = new Query(reader.string());
    reader.end();
    return query;
  }

  @Override
  public int size() {
    return 5 + FrameWriter.size(sql);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, FrontendType.QUERY, size());
    FrameWriter.string(buffer, sql);
  }
}
