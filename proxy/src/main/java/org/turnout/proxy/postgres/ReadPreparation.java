package org.turnout.proxy.postgres;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the secondary ready for the reads of a session, at its boundaries and in the background: the
 * connection, then what the session has set and prepared. A secondary that fails is left alone for
 * a while. Confined to the session's event loop.
 */
final class ReadPreparation {
  private static final Logger LOG = LoggerFactory.getLogger(ReadPreparation.class);

  /** How long a session leaves a secondary alone that has failed it. */
  private static final long BACK_OFF_NANOS = Duration.ofSeconds(1).toNanos();

  /** How often a session may be asked for its state on behalf of its reads. */
  private static final long PREPARE_NANOS = Duration.ofMillis(50).toNanos();

  private final PostgresSession session;
  private final OtherSide other;
  private final SessionMove move;
  private long notBefore = System.nanoTime();
  private boolean wanted;
  private boolean statementsWanted;
  private boolean preparing;

  ReadPreparation(PostgresSession session, OtherSide other, SessionMove move) {
    this.session = session;
    this.other = other;
    this.move = move;
  }

  /** A read could have gone to the secondary, had it been ready. */
  void want() {
    wanted = true;
  }

  /** A read would have gone to the secondary, had its statements been compared there. */
  void wantStatements() {
    wanted = true;
    statementsWanted = true;
  }

  /** The secondary has failed the session. */
  void leaveAlone() {
    notBefore = System.nanoTime() + BACK_OFF_NANOS;
  }

  /** At the boundary: does what the last read was missing. */
  void prepare() {
    long now = System.nanoTime();
    if (!wanted || preparing || move.isUnderWay() || now - notBefore < 0) {
      return;
    }
    if (move.isCurrent() && !statementsWanted) {
      // It was wanted while it was on its way.
      wanted = false;
      return;
    }
    preparing = true;
    if (other.idleLink() == null) {
      other.connect().whenComplete((link, failure) -> connected(failure));
      return;
    }
    wanted = false;
    statementsWanted = false;
    notBefore = now + PREPARE_NANOS;
    move.prepareReads().whenComplete((nothing, failure) -> prepared(failure));
  }

  private void connected(@Nullable Throwable failure) {
    preparing = false;
    if (failure != null) {
      backOff(failure);
    } else if (session.mayBeBorrowed() && other.idleLink() != null) {
      prepare();
    }
  }

  private void prepared(@Nullable Throwable failure) {
    preparing = false;
    if (failure != null) {
      backOff(failure);
    }
  }

  private void backOff(Throwable failure) {
    leaveAlone();
    LOG.debug("session {}: reads stay on the primary", session.number(), failure);
  }
}
