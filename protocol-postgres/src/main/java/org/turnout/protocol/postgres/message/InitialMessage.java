package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * A packet without type byte that a client may open its connection with.
 *
 * <pre>Int32 length | Int32 code | …</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP">Start-up</a>
 */
public sealed interface InitialMessage extends Message
    permits StartupMessage, SslRequest, GssEncRequest, CancelRequest {

  /**
   * Decodes the packet at the reader index, which must be complete, and moves behind it.
   *
   * @throws ProtocolException when it is none, or a version other than 3
   */
  static InitialMessage decode(ByteBuf buffer) {
    if (buffer.readableBytes() < Frames.STARTUP_HEADER + 4) {
      throw new ProtocolException("truncated message");
    }
    return switch (buffer.getInt(buffer.readerIndex() + Frames.STARTUP_HEADER)) {
      case SslRequest.CODE -> SslRequest.decode(buffer);
      case GssEncRequest.CODE -> GssEncRequest.decode(buffer);
      case CancelRequest.CODE -> CancelRequest.decode(buffer);
      default -> StartupMessage.decode(buffer);
    };
  }
}
