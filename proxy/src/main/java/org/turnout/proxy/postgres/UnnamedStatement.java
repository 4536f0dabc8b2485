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
 * next one, its Close, or the next simple query.
 *
 * <p>A copy of the frame is kept, up to a bound; a larger one is lost when the session moves, and
 * its next Bind is refused as the server refuses it. What was there before is kept until the
 * message that replaced it is answered: the server may skip that one. The copies' arrays are used
 * again.
 *
 * <p>When the secondary alone was told of it, the primary has another one, or one that the client
 * has not any more. Rule: the primary is brought to what the client knows before the first frame
 * that may use it goes there. Confined to the session's event loop.
 */
final class UnnamedStatement {
  private static final int LARGEST = 1 << 20;
  private static final int KEPT = 16 * 1024;

  private static final byte[] NONE = {};

  /** What a message left: a statement, or none. */
  private static final class Left {
    private final UnnamedDescription described = new UnnamedDescription();
    private byte[] frame = NONE;
    private int length;
    private int missing;
    private boolean elsewhere;

    /** Of the message. */
    private int number = -1;

    void forget() {
      elsewhere = false;
      length = 0;
      missing = 0;
      described.forget();
      if (frame.length > KEPT) {
        frame = NONE;
      }
    }

    boolean isNothing() {
      return length == 0 && !elsewhere;
    }

    boolean isWhole() {
      return length > 0 && missing == 0;
    }
  }

  private final ReplyTracker tracker;
  private Left now = new Left();

  /** Null as long as there was nothing. */
  private @Nullable Left before;

  /** The server may still skip the message of now, and has what was before then. */
  private boolean mayBeBefore;

  /** It may also have what is not kept. */
  private boolean mayBeOther;

  /** Whether in the unit that runs the primary had another one than the client knew. */
  private boolean wasElsewhere;

  UnnamedStatement(ReplyTracker tracker) {
    this.tracker = tracker;
  }

  /**
   * A Parse goes on, the last message that was sent, of which {@code there} bytes of {@code size}
   * are in the buffer, enough to see whether it is of a named statement.
   */
  void parse(ByteBuf bytes, int index, int there, int size) {
    boolean named = there > Frames.HEADER && bytes.getByte(index + Frames.HEADER) != 0;
    if (named) {
      return;
    }
    dropped();
    if (size <= LARGEST && there > Frames.HEADER) {
      if (now.frame.length < size) {
        now.frame = new byte[Math.max(size, Math.min(KEPT, 2 * size))];
      }
      bytes.getBytes(index, now.frame, 0, there);
      now.length = there;
      now.missing = size - there;
    }
  }

  /** More of the frame that {@link #parse} began. */
  void more(ByteBuf bytes, int index, int count) {
    if (now.missing > 0) {
      bytes.getBytes(index, now.frame, now.length, count);
      now.length += count;
      now.missing -= count;
    }
  }

  /** A Close goes on, as {@link #parse}. */
  void close(ByteBuf bytes, int index, int there, int size) {
    int kind = index + Frames.HEADER;
    if (there == size
        && size == Frames.HEADER + 2
        && bytes.getByte(kind) == 'S'
        && bytes.getByte(kind + 1) == 0) {
      dropped();
    }
  }

  /** The last message that was sent drops the statement. */
  void dropped() {
    wasElsewhere |= now.elsewhere;
    if (tracker.isAnswered(now.number)) {
      Left last = before;
      if (!now.isNothing()) {
        before = now;
        now = last == null ? new Left() : last;
      } else if (last != null) {
        last.forget();
      }
      mayBeBefore = true;
      mayBeOther = false;
    } else {
      mayBeOther = true;
    }
    now.forget();
    now.number = tracker.lastSent();
  }

  /** The statement went to the secondary alone. */
  void wentElsewhere() {
    now.elsewhere = true;
  }

  /** The secondary has told the client what it gives; as {@link UnnamedDescription#keep}. */
  void described(ByteBuf answer, int parameters, int columns) {
    now.described.keep(answer, parameters, columns);
  }

  /** Whether the client was told by the secondary what it gives. */
  boolean isDescribed() {
    return now.isWhole() && now.described.isThere();
  }

  /** As {@link UnnamedDescription#isBrokenBy}. */
  boolean isBrokenBy(ParameterDescription parameters, @Nullable RowDescription columns) {
    return now.described.isBrokenBy(parameters, columns);
  }

  /** What the client was told of a statement that the primary does not have. */
  StatementResult toldElsewhere() {
    return now.elsewhere ? now.described.result() : StatementResult.UNTOLD;
  }

  /** The secondary alone has run a simple query: the client has no unnamed statement any more. */
  void endedElsewhere() {
    now.forget();
    now.elsewhere = true;
  }

  /** Whether the primary has the statement that the client knows. */
  boolean isOnPrimary() {
    return now.isWhole() && !now.elsewhere;
  }

  /** The server of now has what the client knows. */
  void restored() {
    now.elsewhere = false;
  }

  /**
   * That was undone: it has skipped what it was told.
   *
   * @param by the number of that message
   */
  void unrestored(int by) {
    wasElsewhere = true;
    Left then = now.number - by < 0 ? now : before;
    if (then == null) {
      mayBeOther = true;
    } else {
      then.elsewhere = true;
    }
  }

  /** The primary is told, in front of what the client sends next. */
  FrontendMessage restore() {
    now.elsewhere = false;
    ParseFrame statement = get();
    return statement != null ? statement : new Close(Target.STATEMENT, "");
  }

  /**
   * The primary has refused something of the unit. A statement that it refused to make is not
   * there; where it skipped the message, what was there before still is, as far as it is known.
   */
  void refused() {
    if (tracker.hasRefused(now.number)) {
      now.forget();
    } else if (tracker.hasSkipped(now.number)) {
      now.forget();
      Left earlier = before;
      if (mayBeBefore && !mayBeOther) {
        if (earlier != null) {
          before = now;
          now = earlier;
        }
        mayBeBefore = false;
      } else {
        now.elsewhere = wasElsewhere;
      }
    }
  }

  /** The session stands at its boundary. */
  void unitEnded() {
    wasElsewhere = false;
    Left earlier = before;
    if (mayBeBefore && earlier != null) {
      earlier.forget();
    }
    mayBeBefore = false;
  }

  /** Whether the primary has another one than the client knows. */
  boolean isElsewhere() {
    return now.elsewhere;
  }

  /** The statement, if there is one. */
  @Nullable ParseFrame get() {
    return now.isWhole()
        ? ParseFrame.copy(Unpooled.wrappedBuffer(now.frame, 0, now.length), 0, now.length)
        : null;
  }
}
