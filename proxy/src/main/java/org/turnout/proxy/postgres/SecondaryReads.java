package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.protocol.postgres.message.Target;

/**
 * Sends reads of one session to the secondary.
 *
 * <p>A read goes there when the session's number is below the weight, the session stands at its
 * boundary, the text is proved to only read, the secondary has everything that the session has
 * written or seen on the primary, and knows the session's settings and statements. What is missing
 * for that is done in the background while the primary serves. Rules: the secondary is never waited
 * for when it cannot answer, and never two sides work for one session at once.
 *
 * <p>Confined to the session's event loop.
 */
final class SecondaryReads {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryReads.class);

  /** How long the secondary may take to begin its answer before the primary is asked instead. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

  private final PostgresSession session;
  private final SessionMove move;
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final PrimaryObserver observer;
  private final ReadPreparation preparation;
  private final ReadUnit recognised;
  private final double number = ThreadLocalRandom.current().nextDouble();
  private @Nullable ReadAttempt attempt;
  private @Nullable BackendLink active;
  private long attemptBegan;

  private boolean timed;

  SecondaryReads(
      PostgresSession session, SessionMove move, ReadPolicy policy, StateGeneration generation) {
    this.session = session;
    this.move = move;
    this.policy = policy;
    this.statements = new KnownStatements(policy);
    this.observer = new PrimaryObserver(policy, statements, generation);
    this.preparation = new ReadPreparation(session, move);
    this.recognised = new ReadUnit(policy, statements);
    move.whenBrought(statements::brought);
  }

  /** Whether reads of this session may go to the secondary at all now. */
  boolean areOn() {
    return number < policy.share();
  }

  /** The secondary's link while it works for the client, else null. */
  @Nullable BackendLink active() {
    return active;
  }

  /** Whether it is still open which side answers the unit that runs. */
  boolean isUndecided() {
    return attempt != null;
  }

  /** What goes to the primary is told here. */
  PrimaryObserver observer() {
    return observer;
  }

  /** Does in the background what reads were missing. */
  ReadPreparation preparation() {
    return preparation;
  }

  // ---- what goes to the secondary

  /** Takes a unit of reads from the head of the client's bytes, if it may go to the secondary. */
  boolean take(ByteBuf bytes) {
    int length = recognised.length(bytes);
    if (length == 0) {
      if (!move.isCurrent() && recognised.namesUnknown()) {
        preparation.want();
      }
      return false;
    }
    if (!policy.isFresh(observer.seenOnPrimary())) {
      return false;
    }
    BackendLink link = move.idleLink();
    if (!move.isCurrent() || link == null) {
      preparation.want();
      return false;
    }
    if (move.hasObstacle()) {
      return false;
    }
    begin(link, bytes.readRetainedSlice(length));
    return true;
  }

  private void begin(BackendLink link, ByteBuf unit) {
    List<FrontendMessage> first = new ArrayList<>();
    for (ParseFrame statement : recognised.missing()) {
      // What the other side may have by this name; it is no error when there is none.
      first.add(new Close(Target.STATEMENT, statement.decode().statement()));
      first.add(statement);
    }
    ReadAttempt begun = new ReadAttempt(this, unit, first);
    attempt = begun;
    active = link;
    attemptBegan = System.nanoTime();
    link.receiver(begun);
    if (!first.isEmpty()) {
      link.channel().write(Encoding.encode(link.channel().alloc(), first));
      recognised.missing().forEach(this::brought);
    }
    link.channel().writeAndFlush(unit.retainedSlice(), link.channel().voidPromise());
    link.read();
    watch();
  }

  private void brought(ParseFrame statement) {
    statements.brought(statement.decode().statement());
    move.brought(statement);
  }

  /** The secondary answers: the client gets this answer, and the session follows it. */
  void accepted(BackendLink link, ByteBuf unit, ByteBuf answer) {
    attempt = null;
    session.detour().servedBySecondary(link, unit);
    session.replies().read(link, answer);
  }

  /** The secondary refused, and is ready again: the primary serves. */
  void refused(ReadAttempt refused, BackendLink link, ByteBuf rest) {
    attempt = null;
    active = null;
    link.conversation().takeOver(link);
    link.conversation().read(link, rest);
    move.refused(refused.preceding());
    session.detour().servedByPrimary(refused.takeUnit());
  }

  /** The secondary cannot answer: the primary serves. */
  void failed(ReadAttempt failed, BackendLink link, @Nullable Throwable cause) {
    LOG.info(
        "session {}: a read goes to the primary, the secondary failed: {}",
        session.number(),
        String.valueOf(cause));
    attempt = null;
    active = null;
    ByteBuf unit = failed.takeUnit();
    abandon(link);
    session.detour().servedByPrimary(unit);
  }

  /** The unit that the secondary served has ended. */
  void secondaryEnded(@Nullable ByteBuf rest) {
    BackendLink link = active;
    active = null;
    if (link != null) {
      link.conversation().takeOver(link);
      if (rest != null) {
        link.conversation().read(link, rest);
      } else {
        link.read();
      }
    } else if (rest != null) {
      rest.release();
    }
  }

  /** The secondary is not to be asked for a while. */
  void abandon(BackendLink link) {
    active = null;
    preparation.leaveAlone();
    move.abandon(link);
  }

  /** The session has ended. */
  void release() {
    ReadAttempt undecided = attempt;
    attempt = null;
    if (undecided != null) {
      undecided.drop();
    }
  }

  private void watch() {
    if (!timed) {
      timed = true;
      session.lane().loop().schedule(this::checkTime, PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void checkTime() {
    timed = false;
    ReadAttempt undecided = attempt;
    BackendLink link = active;
    if (undecided == null || link == null || session.isEnded()) {
      return;
    }
    long left = attemptBegan + PATIENCE_NANOS - System.nanoTime();
    if (left > 0) {
      timed = true;
      session.lane().loop().schedule(this::checkTime, left, TimeUnit.NANOSECONDS);
    } else {
      link.receiver(link.conversation());
      failed(undecided, link, new java.util.concurrent.TimeoutException("no answer in time"));
    }
  }
}
