package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * Sends reads of one session to the secondary.
 *
 * <p>A read goes there when the session's number is below the weight, the session stands at its
 * boundary, the text is proved to only read, the secondary has everything that the session has
 * written or seen on the primary, and knows the session's settings and statements. What is missing
 * for that is done in the background while the primary serves. A unit may begin a transaction, of
 * which the next ones follow ({@link ReadTransaction}). Rules: the secondary is never waited for
 * when it cannot answer, and never two sides work for one session at once.
 *
 * <p>Confined to the session's event loop.
 */
final class SecondaryReads implements ReadAttempt.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryReads.class);

  /** How long the secondary may stand still before the primary is asked instead. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

  private final PostgresSession session;
  private final OtherSide other;
  private final SessionMove move;
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final PrimaryObserver observer;
  private final ReadPreparation preparation;
  private final FreshnessWait wait;
  private final ReadUnit recognised;
  private final ReadTransaction transaction;
  private final double number = ThreadLocalRandom.current().nextDouble();
  private @Nullable ReadAttempt attempt;
  private @Nullable BackendLink active;

  /** Bytes of the unit that waits. */
  private int waitingBytes;

  private boolean timed;

  SecondaryReads(
      PostgresSession session,
      OtherSide other,
      SessionMove move,
      ReadPolicy policy,
      StateGeneration generation,
      ReadTransaction transaction) {
    this.session = session;
    this.other = other;
    this.move = move;
    this.policy = policy;
    this.statements = new KnownStatements(policy);
    this.observer = new PrimaryObserver(policy, statements, generation);
    this.preparation = new ReadPreparation(session, other, move);
    this.wait = new FreshnessWait(session, policy);
    this.recognised = new ReadUnit(policy, statements);
    this.transaction = transaction;
    move.whenTold(statements::told);
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

  /** The session has another primary. */
  void flipped() {
    wait.cancel();
    observer.flipped();
  }

  /** Ends the wait; returns how many of the client's bytes the unit has that waited. */
  int stopWaiting() {
    wait.cancel();
    return waitingBytes;
  }

  /** A read that waits is not to wait any more: the primary serves it. */
  void hurry() {
    wait.expire();
  }

  // ---- what goes to the secondary

  /**
   * Takes from the head of the bytes of a client, who stands at the boundary, a unit of reads if it
   * may go to the secondary, or lets it wait for that.
   */
  Way take(ByteBuf bytes) {
    int length = recognised.length(bytes, false);
    if (length == 0) {
      wantStatements();
      return Way.ON;
    }
    if (!observer.hasOwnWrites()) {
      return Way.ON;
    }
    BackendLink link = other.idleLink();
    if (!move.isCurrent() || link == null) {
      preparation.want();
      return Way.ON;
    }
    if (move.hasObstacle()) {
      return Way.ON;
    }
    if (length == ReadUnit.INCOMPLETE) {
      return Way.MORE;
    }
    if (recognised.shape().begins() && !(move.readsCommitted() && transaction.mayBegin())) {
      return Way.ON;
    }
    if (observer.hasOwnReads()) {
      begin(link, bytes.readRetainedSlice(length));
      return Way.ELSEWHERE;
    }
    if (wait.isAllowed()) {
      waitingBytes = length;
      wait.begin(observer.lastRead());
      // That the client leaves meanwhile is seen only by reading.
      session.readClient();
      return Way.ELSEWHERE;
    }
    return Way.ON;
  }

  /** What the unit is not on the secondary for may be brought there. */
  private void wantStatements() {
    Set<String> uncompared = recognised.uncompared();
    if (!move.isCurrent()) {
      if (recognised.namesUnknown() || !uncompared.isEmpty()) {
        preparation.want();
      }
    } else if (statements.areMissedAgain(uncompared)) {
      preparation.wantStatements();
    }
  }

  /** Takes the next unit of a client whose transaction the secondary runs, if that can. */
  Way takeInside(BackendLink link, ByteBuf bytes) {
    int length = recognised.length(bytes, true);
    if (length == ReadUnit.INCOMPLETE) {
      return Way.MORE;
    }
    if (length == 0) {
      wantStatements();
      return Way.ON;
    }
    begin(link, bytes.readRetainedSlice(length));
    return Way.ELSEWHERE;
  }

  /** A unit on the primary has ended. */
  void primaryEnded(long nanos) {
    if (areOn()) {
      policy.primaryUsed();
    }
    if (observer.primaryEnded(nanos)) {
      wait.written();
    }
  }

  /** Whether the client's next unit waits for the secondary. */
  boolean isWaiting() {
    return wait.isRunning();
  }

  private void begin(BackendLink link, ByteBuf unit) {
    List<FrontendMessage> first = recognised.missing().isEmpty() ? List.of() : new ArrayList<>();
    for (ParseFrame statement : recognised.missing()) {
      // What the other side may have by this name; it is no error when there is none.
      first.add(new Close(Target.STATEMENT, statement.decode().statement()));
      first.add(statement);
    }
    session.began();
    if (unit.getByte(unit.readerIndex()) != FrontendType.QUERY) {
      move.unnamedRuns();
    }
    ReadAttempt begun = new ReadAttempt(this, policy.numbers(), unit, recognised.shape(), first);
    attempt = begun;
    active = link;
    link.conversation().handOver(link, begun);
    if (!first.isEmpty()) {
      link.channel().write(Encoding.encode(link.channel().alloc(), first));
      recognised.missing().forEach(this::brought);
    }
    link.channel().writeAndFlush(unit.retainedSlice(), link.channel().voidPromise());
    watch();
  }

  private void brought(ParseFrame statement) {
    statements.brought(statement.decode().statement());
    move.brought(statement);
  }

  /** The secondary answers: the client gets this answer, and the session follows it. */
  @Override
  public void accepted(ReadAttempt accepted, BackendLink link, ByteBuf unit, ByteBuf answer) {
    attempt = null;
    transaction.accepted(accepted.shape().begins(), accepted.shape().reads());
    session.detour().servedBySecondary(link, accepted, unit, answer);
  }

  /** The secondary refused, and is ready again: the primary serves. */
  @Override
  public void refused(
      ReadAttempt refused, BackendLink link, TransactionStatus status, ByteBuf rest) {
    attempt = null;
    freed(link, rest);
    move.refused(refused.preceding());
    if (status != TransactionStatus.IDLE) {
      transaction.end(link);
    }
    transaction.primaryServes(refused.takeUnit(), refused.shape().begins());
  }

  /** The secondary cannot answer: the primary serves. */
  @Override
  public void failed(ReadAttempt failed, BackendLink link, @Nullable Throwable cause) {
    LOG.info(
        "session {}: a read goes to the primary, the secondary failed: {}",
        session.number(),
        String.valueOf(cause));
    attempt = null;
    ByteBuf unit = failed.takeUnit();
    abandon(link);
    transaction.primaryServes(unit, false);
  }

  /** The client has cancelled the unit, and the secondary says so: that is its answer. */
  @Override
  public void cancelled(
      ReadAttempt cancelled,
      BackendLink link,
      TransactionStatus status,
      ByteBuf unit,
      ByteBuf answer) {
    attempt = null;
    if (status == TransactionStatus.IDLE) {
      session.detour().servedBySecondary(link, cancelled, unit, answer);
      return;
    }
    freed(link, null);
    transaction.end(link);
    transaction.failAs(link, cancelled, unit, answer);
  }

  /** The client asks to cancel what the secondary runs for it. */
  void cancelling() {
    ReadAttempt undecided = attempt;
    if (undecided != null) {
      undecided.cancelling();
    }
  }

  /**
   * The secondary does not work for the client any more.
   *
   * @param rest what has come of its next frame
   */
  void freed(BackendLink link, @Nullable ByteBuf rest) {
    active = null;
    resting(link, rest);
  }

  /** As {@link #freed}, but the client may go on with the secondary. */
  void resting(BackendLink link, @Nullable ByteBuf rest) {
    link.conversation().takeOver(link);
    if (rest != null) {
      link.conversation().read(link, rest);
    } else {
      link.read();
    }
  }

  /** The secondary is not to be asked for a while. */
  void abandon(BackendLink link) {
    active = null;
    preparation.leaveAlone();
    other.abandon(link);
  }

  /** The session has ended. */
  void release() {
    wait.cancel();
    transaction.release();
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
    long left = undecided.progress() + PATIENCE_NANOS - System.nanoTime();
    if (left > 0) {
      timed = true;
      session.lane().loop().schedule(this::checkTime, left, TimeUnit.NANOSECONDS);
    } else {
      link.receiver(link.conversation());
      failed(undecided, link, new TimeoutException("no answer in time"));
    }
  }
}
