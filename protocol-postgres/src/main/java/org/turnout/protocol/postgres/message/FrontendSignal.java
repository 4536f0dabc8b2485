package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * The messages of a client that have no body.
 *
 * <pre>Byte1 type | Int32 4</pre>
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message
 *     formats</a>
 */
public enum FrontendSignal implements FrontendMessage {
  COPY_DONE(FrontendType.COPY_DONE),
  FLUSH(FrontendType.FLUSH),
  SYNC(FrontendType.SYNC),
  TERMINATE(FrontendType.TERMINATE);

  private final byte type;

  FrontendSignal(byte type) {
    this.type = type;
  }

  public byte type() {
    return type;
  }

  /** Reads a message of exactly this kind. */
  public FrontendSignal decode(ByteBuf buffer) {
    FrameReader.typed(buffer, type).end();
    return this;
  }

  @Override
  public int size() {
    return 5;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, type, size());
  }
}
