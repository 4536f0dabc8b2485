package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * ErrorResponse: a statement or the connection failed.
 *
 * <pre>Byte1 'E' | Int32 length | report</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ERRORRESPONSE">ErrorResponse</a>
 */
public record ErrorResponse(Report report) implements BackendMessage {
  /** An error that ends the statement; the connection goes on. */
  public static ErrorResponse error(String sqlState, String message) {
    return new ErrorResponse(Report.of("ERROR", sqlState, message));
  }

  /** An error after which the connection is closed. */
  public static ErrorResponse fatal(String sqlState, String message) {
    return new ErrorResponse(Report.of("FATAL", sqlState, message));
  }

  public ErrorResponse detail(String detail) {
    return new ErrorResponse(report.detail(detail));
  }

  public ErrorResponse hint(String hint) {
    return new ErrorResponse(report.hint(hint));
  }

  public static ErrorResponse decode(ByteBuf buffer) {
    return new ErrorResponse(Report.read(FrameReader.typed(buffer, BackendType.ERROR_RESPONSE)));
  }

  @Override
  public int size() {
    return 5 + report.size();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.ERROR_RESPONSE, size());
    report.write(buffer);
  }
}
