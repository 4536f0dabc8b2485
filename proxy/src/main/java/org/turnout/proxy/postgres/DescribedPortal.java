package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * Whether a client that binds a statement asks what the portal gives, before it is run: as libpq
 * does each time. What it was told of the statement earlier then does not matter. Stateless.
 */
final class DescribedPortal {
  /** What the bytes of a client show of it. */
  enum Shown {
    YES,
    NO,
    /** More has to come. */
    NOT_YET
  }

  private DescribedPortal() {}

  /**
   * Looks behind a Bind.
   *
   * @param index of its frame, of which the names are there
   */
  static Shown behind(ByteBuf bytes, int index) {
    long next = index + 1 + bytes.getUnsignedInt(index + 1);
    int end = bytes.writerIndex();
    if (end <= next) {
      return Shown.NOT_YET;
    }
    int at = (int) next;
    if (bytes.getByte(at) != FrontendType.DESCRIBE) {
      return Shown.NO;
    }
    int kind = at + Frames.HEADER;
    if (end <= kind) {
      return Shown.NOT_YET;
    }
    int bound = index + Frames.HEADER;
    int described = kind + 1;
    long over = at + 1 + bytes.getUnsignedInt(at + 1);
    if (described >= over || bytes.getByte(kind) != 'P') {
      return Shown.NO;
    }
    end = (int) Math.min(end, over);
    while (described < end && bytes.getByte(described) == bytes.getByte(bound)) {
      if (bytes.getByte(bound) == 0) {
        return Shown.YES;
      }
      bound++;
      described++;
    }
    return described < end || end == over ? Shown.NO : Shown.NOT_YET;
  }
}
