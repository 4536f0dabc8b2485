package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.ParameterDescription;
import org.turnout.protocol.postgres.message.RowDescription;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.proxy.postgres.DescribedPortal.Shown;
import org.turnout.proxy.postgres.SessionState.Prepared;

/**
 * Gives the primary a statement that the client has and the primary has not, in front of the
 * message that uses it: the unnamed one that the secondary alone was told of, or a named one that
 * could not be brought when the session moved, for which another one stands in.
 *
 * <pre>
 * resting ──unnamed, of which the client was told nothing: Parse──▶ resting
 *    │
 *    ├──unnamed: Parse, Describe──▶ waiting ──it is what the client was told──▶ resting
 *    │                                 ├──it is not: the primary is made to refuse──▶ waiting
 *    │                                 └──an error, which is the client's──▶ resting
 *    │
 *    └──named: Parse by another name, Describe──▶ waiting
 *                ├──the client can make use of it: Parse by its own name──▶ resting
 *                └──it cannot, or an error: the one that stands in is left there──▶ resting
 * </pre>
 *
 * <p>Rule: what the client says waits until it is known that the statement gives on the primary
 * what the client was told. Where it does not, it is refused as by a server whose tables were
 * changed, each time that it is used. Where nobody knows what the client was told, it serves who is
 * told anew: who asks what it gives before it is run. Confined to the session's event loop.
 */
final class Restoration {
  /** By which name it is found out what a named statement gives. */
  private static final String PROBE = "turnout_restored";

  /** Bytes of a frame that is waited for to see which statement it names. */
  private static final int LONGEST_NAMES = 16 * 1024;

  /**
   * Of a Bind and what follows, that is waited for to see whether its portal is described. What
   * waits is copied with each piece that comes.
   */
  private static final int LONGEST_BIND = 64 * 1024;

  /** Whether a frame uses a statement that the primary has to be given before. */
  enum Need {
    NO,
    /** More of it has to come before that can be said. */
    UNKNOWN,
    YES
  }

  /**
   * A statement that was made again.
   *
   * @param by the message that did
   * @param before what was known of it
   */
  private record Restored(String name, int by, StatementResult before) {}

  private final ReplyTracker tracker;
  private final UnnamedStatement unnamed;
  private final BroughtStatements brought;
  private final StateGeneration generation;

  /** The named ones that were restored in the unit that runs. */
  private final List<Restored> restored = new ArrayList<>(0);

  /** Whether the unnamed one was, by which message. */
  private boolean unnamedRestored;

  private int unnamedBy;

  private boolean waiting;

  /** The last message that is answered before the client goes on. */
  private int asked;

  /** The primary is made to refuse: it is its error that is waited for. */
  private boolean refusing;

  /** The named statement that is waited for. */
  private @Nullable String name;

  /** Whether the client asks what that one gives before it makes use of it. */
  private boolean toldAnew;

  /** One that was found to give something else, which is refused next. */
  private @Nullable String broken;

  private @Nullable ParameterDescription parameters;

  Restoration(
      ReplyTracker tracker,
      UnnamedStatement unnamed,
      BroughtStatements brought,
      StateGeneration generation) {
    this.tracker = tracker;
    this.unnamed = unnamed;
    this.brought = brought;
    this.generation = generation;
  }

  /** Whether what the client says has to wait. */
  boolean isWaiting() {
    return waiting;
  }

  /** Whether the frame at {@code index} uses something that the primary lacks. */
  Need isNeeded(byte type, ByteBuf bytes, int index) {
    boolean uses = type == FrontendType.BIND || type == FrontendType.DESCRIBE;
    boolean concerns =
        uses ? unnamed.isElsewhere() || brought.areAnyRefused() : brought.isConcernedBy(type);
    if (!concerns) {
      return Need.NO;
    }
    long frameEnd = index + 1 + bytes.getUnsignedInt(index + 1);
    int end = (int) Math.min(frameEnd, bytes.writerIndex());
    int start = StatementName.index(type, bytes, index, end);
    if (start == StatementName.NONE) {
      return Need.NO;
    }
    String used = start < 0 ? null : StatementName.text(bytes, start, end);
    int there = bytes.writerIndex() - index;
    if (used != null) {
      if (!uses || !isLacking(used)) {
        return Need.NO;
      }
      boolean untold = type == FrontendType.BIND && isUntold(used);
      return untold && there < LONGEST_BIND && DescribedPortal.behind(bytes, index) == Shown.NOT_YET
          ? Need.UNKNOWN
          : Need.YES;
    }
    if (frameEnd <= end) {
      return Need.NO;
    }
    if (there < LONGEST_NAMES) {
      return Need.UNKNOWN;
    }
    return uses && unnamed.isElsewhere() ? Need.YES : Need.NO;
  }

  private boolean isLacking(String used) {
    return used.isEmpty()
        ? unnamed.isElsewhere()
        : !used.equals(broken) && brought.refused(used) != null;
  }

  /** Whether it depends on what the client asks for whether it can make use of the statement. */
  private boolean isUntold(String used) {
    Prepared statement = brought.refused(used);
    return statement != null && !statement.result().isTold();
  }

  /** Gives the primary what the frame at {@code index} needs, behind what has gone on. */
  void begin(BackendLink primary, byte type, ByteBuf bytes, int index) {
    int start = StatementName.index(type, bytes, index, bytes.writerIndex());
    String used = start < 0 ? null : StatementName.text(bytes, start, bytes.writerIndex());
    Prepared named = used == null ? null : brought.refused(used);
    if (named != null) {
      name = used;
      toldAnew = type == FrontendType.DESCRIBE || DescribedPortal.behind(bytes, index) == Shown.YES;
      ask(
          primary,
          List.of(
              new Close(Target.STATEMENT, PROBE),
              named.parse(PROBE),
              new Describe(Target.STATEMENT, PROBE)));
      return;
    }
    FrontendMessage statement = unnamed.restore();
    unnamedRestored = true;
    unnamedBy = tracker.lastSent() + 1;
    if (unnamed.isDescribed()) {
      ask(primary, List.of(statement, new Describe(Target.STATEMENT, "")));
    } else {
      say(primary, List.of(statement));
    }
  }

  private void ask(BackendLink primary, List<FrontendMessage> messages) {
    waiting = true;
    say(primary, messages);
    primary.send(List.of(FrontendSignal.FLUSH));
  }

  private void say(BackendLink primary, List<FrontendMessage> messages) {
    messages.forEach(message -> tracker.sentOwn());
    asked = tracker.lastSent();
    primary.send(messages);
  }

  /**
   * The primary has answered.
   *
   * @param frame a whole one, of which {@link ReplyTracker#answersOwn} is true
   * @return whether what the client says may go on by it
   */
  boolean answered(BackendLink primary, ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    tracker.receivedOwn(type);
    switch (type) {
      case BackendType.PARAMETER_DESCRIPTION -> parameters = ParameterDescription.decode(frame);
      case BackendType.ROW_DESCRIPTION -> {
        return described(primary, RowDescription.decode(frame));
      }
      case BackendType.NO_DATA -> {
        return described(primary, null);
      }
      default -> {
        // Nothing is to be learned from it.
      }
    }
    return false;
  }

  private boolean described(BackendLink primary, @Nullable RowDescription columns) {
    ParameterDescription takes = parameters;
    parameters = null;
    if (!waiting || refusing || takes == null) {
      return false;
    }
    String of = name;
    if (of != null) {
      name = null;
      describedNamed(primary, of, columns);
    } else if (unnamed.isBrokenBy(takes, columns)) {
      refusing = true;
      say(primary, StaleStatement.refused(takes.types()));
      primary.send(List.of(FrontendSignal.FLUSH));
    }
    waiting = refusing;
    return !waiting;
  }

  private void describedNamed(BackendLink primary, String of, @Nullable RowDescription columns) {
    List<FrontendMessage> messages = new ArrayList<>();
    messages.add(new Close(Target.STATEMENT, PROBE));
    Prepared statement = brought.refused(of);
    StatementResult result =
        columns == null ? StatementResult.NOTHING : StatementResult.of(columns);
    if (statement == null || !isUsable(statement.result(), result)) {
      broken = of;
      say(primary, messages);
      return;
    }
    messages.add(new Close(Target.STATEMENT, of));
    messages.add(statement.parse(of));
    say(primary, messages);
    brought.set(of, result);
    generation.statement();
    restored.add(new Restored(of, asked, statement.result()));
  }

  private boolean isUsable(StatementResult known, StatementResult result) {
    return known.isTold() ? !known.isBrokenBy(result) : toldAnew;
  }

  /** The primary has refused something of the unit: it may have skipped what it was told. */
  void refused() {
    broken = null;
    if (waiting && (tracker.hasUndone(asked) || !tracker.awaitsOwn())) {
      if (name == null) {
        unnamed.unrestored(unnamedBy);
      }
      waiting = false;
      refusing = false;
      name = null;
      parameters = null;
    }
    if (unnamedRestored && tracker.hasUndone(unnamedBy)) {
      unnamed.unrestored(unnamedBy);
    }
    unnamed.refused();
    brought.refused();
    for (Restored one : restored) {
      if (tracker.hasUndone(one.by())) {
        brought.set(one.name(), one.before());
      }
    }
  }

  /** The session stands at its boundary. */
  void unitEnded() {
    unnamed.unitEnded();
    brought.unitEnded();
    unnamedRestored = false;
    broken = null;
    restored.clear();
  }
}
