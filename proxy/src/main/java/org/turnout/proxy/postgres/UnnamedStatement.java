package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParameterDescription;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.protocol.postgres.message.RowDescription;
import org.turnout.protocol.postgres.message.Target;

/**
 * The Parse of a session's unnamed statement, which no catalogue lists and which lives until the
 * next one or the next simple query.
 *
 * <p>A copy of the frame is kept, up to a bound; a larger one is lost when the session moves, and
 * its next Bind is refused as the server refuses it. The copy's array is used again.
 *
 * <p>When the secondary alone was told of it, the primary has another one, or one that the client
 * has not any more. Rule: the primary is brought to what the client knows before the first frame
 * that may use it goes there. Confined to the session's event loop.
 */
final class UnnamedStatement {
  private static final int LARGEST = 1 << 20;
  private static final int KEPT = 16 * 1024;

  private final UnnamedDescription described = new UnnamedDescription();
  private byte[] frame = new byte[0];
  private int length;
  private int missing;
  private boolean elsewhere;

  /** Of the message that made the statement of now, or dropped the one before. */
  private int number = -1;

  /** Whether in the unit that runs the primary had another one than the client knew. */
  private boolean wasElsewhere;

  /**
   * A Parse goes on, of which {@code there} bytes of {@code size} are in the buffer, enough to see
   * whether it is of a named statement.
   *
   * @param number of the message, as {@link ReplyTracker#lastSent}
   */
  void parse(ByteBuf bytes, int index, int there, int size, int number) {
    boolean named = there > Frames.HEADER && bytes.getByte(index + Frames.HEADER) != 0;
    if (named) {
      return;
    }
    dropped(number);
    if (size <= LARGEST && there > Frames.HEADER) {
      if (frame.length < size) {
        frame = new byte[Math.max(size, Math.min(KEPT, 2 * size))];
      }
      bytes.getBytes(index, frame, 0, there);
      length = there;
      missing = size - there;
    }
  }

  /** More of the frame that {@link #parse} began. */
  void more(ByteBuf bytes, int index, int count) {
    if (missing > 0) {
      bytes.getBytes(index, frame, length, count);
      length += count;
      missing -= count;
    }
  }

  /** The statement went to the secondary alone. */
  void wentElsewhere() {
    elsewhere = true;
  }

  /** The secondary has told the client what it gives; as {@link UnnamedDescription#keep}. */
  void described(ByteBuf answer, int parameters, int columns) {
    described.keep(answer, parameters, columns);
  }

  /** Whether the client was told by the secondary what it gives. */
  boolean isDescribed() {
    return length > 0 && missing == 0 && described.isThere();
  }

  /** As {@link UnnamedDescription#isBrokenBy}. */
  boolean isBrokenBy(ParameterDescription parameters, @Nullable RowDescription columns) {
    return described.isBrokenBy(parameters, columns);
  }

  /** What the client was told of a statement that the primary does not have. */
  StatementResult toldElsewhere() {
    return elsewhere ? described.result() : StatementResult.UNTOLD;
  }

  /** The secondary alone has run a simple query: the client has no unnamed statement any more. */
  void endedElsewhere() {
    forget();
    elsewhere = true;
  }

  /** Whether the primary has the statement that the client knows. */
  boolean isOnPrimary() {
    return length > 0 && missing == 0 && !elsewhere;
  }

  /** The server of now has what the client knows. */
  void restored() {
    elsewhere = false;
  }

  /**
   * That was undone: it has skipped what it was told.
   *
   * @param by the number of that message
   */
  void unrestored(int by) {
    wasElsewhere = true;
    elsewhere |= number - by < 0;
  }

  /** The primary is told, in front of what the client sends next. */
  FrontendMessage restore() {
    elsewhere = false;
    ParseFrame statement = get();
    return statement != null ? statement : new Close(Target.STATEMENT, "");
  }

  /**
   * The primary has refused something of the unit. A statement that it refused to make is not
   * there; of one that it skipped nothing is there, and what was there before is not known any
   * more.
   */
  void refused(ReplyTracker tracker) {
    boolean skipped = tracker.hasSkipped(number);
    if (skipped || tracker.hasRefused(number)) {
      forget();
      elsewhere = skipped && wasElsewhere;
    }
  }

  /** The session stands at its boundary. */
  void unitEnded() {
    wasElsewhere = false;
  }

  /** Whether the primary has another one than the client knows. */
  boolean isElsewhere() {
    return elsewhere;
  }

  /** The server drops the statement by a message of this number. */
  void dropped(int by) {
    wasElsewhere |= elsewhere;
    forget();
    number = by;
  }

  private void forget() {
    elsewhere = false;
    length = 0;
    missing = 0;
    described.forget();
    if (frame.length > KEPT) {
      frame = new byte[0];
    }
  }

  /** The statement, if there is one. */
  @Nullable ParseFrame get() {
    return length == 0 || missing > 0
        ? null
        : ParseFrame.copy(Unpooled.wrappedBuffer(frame, 0, length), 0, length);
  }
}
