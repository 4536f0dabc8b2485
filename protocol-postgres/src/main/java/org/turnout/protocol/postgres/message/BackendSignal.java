package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * The messages of a server that have no body.
 *
 * <pre>Byte1 type | Int32 4</pre>
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message
 *     formats</a>
 */
public enum BackendSignal implements BackendMessage {
  BIND_COMPLETE(BackendType.BIND_COMPLETE),
  CLOSE_COMPLETE(BackendType.CLOSE_COMPLETE),
  COPY_DONE(BackendType.COPY_DONE),
  EMPTY_QUERY_RESPONSE(BackendType.EMPTY_QUERY_RESPONSE),
  NO_DATA(BackendType.NO_DATA),
  PARSE_COMPLETE(BackendType.PARSE_COMPLETE),
  PORTAL_SUSPENDED(BackendType.PORTAL_SUSPENDED);

  private final byte type;

  BackendSignal(byte type) {
    this.type = type;
  }

  static BackendSignal of(byte type) {
    for (BackendSignal signal : values()) {
      if (signal.type == type) {
        return signal;
      }
    }
    throw new ProtocolException("unexpected message type " + (type & 0xff));
  }

  public byte type() {
    return type;
  }

  /** Reads a message of exactly this kind. */
  public BackendSignal decode(ByteBuf buffer) {
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
