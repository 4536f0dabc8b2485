package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * NoticeResponse: something worth knowing, at any moment.
 *
 * <pre>Byte1 'N' | Int32 length | report</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-NOTICERESPONSE">NoticeResponse</a>
 */
public record NoticeResponse(Report report) implements BackendMessage {
  public static NoticeResponse decode(ByteBuf buffer) {
    return new NoticeResponse(Report.read(FrameReader.typed(buffer, BackendType.NOTICE_RESPONSE)));
  }

  @Override
  public int size() {
    return 5 + report.size();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.NOTICE_RESPONSE, size());
    report.write(buffer);
  }
}
