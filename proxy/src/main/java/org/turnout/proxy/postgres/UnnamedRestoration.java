package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.ParameterDescription;
import org.turnout.protocol.postgres.message.RowDescription;
import org.turnout.protocol.postgres.message.Target;

/**
 * Tells the primary of the unnamed statement that the secondary alone was told of, in front of what
 * the client says next.
 *
 * <pre>
 * resting ──the client was told nothing of it: Parse──▶ resting
 *    │
 *    └──Parse, Describe──▶ waiting ──it is what the client was told──▶ resting
 *                             ├──it is not: the primary is made to refuse──▶ resting
 *                             └──an error, which is the client's──▶ resting
 * </pre>
 *
 * <p>Rule: what the client says waits until it is known that the statement gives on the primary
 * what the client was told. Where it does not, it is refused as by a server whose tables were
 * changed, each time that it is used. Confined to the session's event loop.
 */
final class UnnamedRestoration {
  private final ReplyTracker tracker;
  private final UnnamedStatement unnamed;
  private boolean waiting;
  private @Nullable ParameterDescription parameters;

  UnnamedRestoration(ReplyTracker tracker, UnnamedStatement unnamed) {
    this.tracker = tracker;
    this.unnamed = unnamed;
  }

  /** Whether what the client says has to wait. */
  boolean isWaiting() {
    return waiting;
  }

  /** Tells the primary, behind what has gone on. */
  void begin(BackendLink primary) {
    FrontendMessage statement = unnamed.restore();
    if (unnamed.isDescribed()) {
      waiting = true;
      say(primary, List.of(statement, new Describe(Target.STATEMENT, "")));
      primary.send(List.of(FrontendSignal.FLUSH));
    } else {
      say(primary, List.of(statement));
    }
  }

  private void say(BackendLink primary, List<FrontendMessage> messages) {
    messages.forEach(message -> tracker.sentOwn());
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
    if (!waiting || takes == null) {
      return false;
    }
    waiting = false;
    if (unnamed.isBrokenBy(takes, columns)) {
      say(primary, StaleStatement.refused(takes.types()));
    }
    return true;
  }

  /** The primary has refused something of the unit: it may have skipped what it was told. */
  void refused() {
    waiting = false;
    parameters = null;
    unnamed.refused();
  }
}
