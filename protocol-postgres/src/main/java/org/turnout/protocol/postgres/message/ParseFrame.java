package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * A Parse as a client sent it, kept to be sent again byte by byte: its text may be in any character
 * set, which {@link Parse} cannot hold.
 *
 * <pre>Byte1 'P' | Int32 length | what the client wrote</pre>
 */
public final class ParseFrame implements FrontendMessage {
  private final byte[] frame;

  private ParseFrame(byte[] frame) {
    if (frame.length == 0 || frame[0] != FrontendType.PARSE) {
      throw new IllegalArgumentException("no Parse");
    }
    this.frame = frame;
  }

  /** Copies the whole frame at {@code index}. */
  public static ParseFrame copy(ByteBuf buffer, int index, int size) {
    byte[] frame = new byte[size];
    buffer.getBytes(index, frame);
    return new ParseFrame(frame);
  }

  /** What it says, to be looked at: what is not UTF-8 is not kept. */
  public Parse decode() {
    return Parse.decode(Unpooled.wrappedBuffer(frame));
  }

  @Override
  public int size() {
    return frame.length;
  }

  @Override
  public void encode(ByteBuf buffer) {
    buffer.writeBytes(frame);
  }
}
