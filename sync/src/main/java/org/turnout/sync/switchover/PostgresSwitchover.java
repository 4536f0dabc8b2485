package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;
import org.turnout.sync.apply.PreparedStream;
import org.turnout.sync.copy.Sequences;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Tables;

/**
 * One change of primary between two PostgreSQL servers.
 *
 * <p>The order inside {@link #decide} is the guarantee: the fence sticks on the old primary, then
 * the decision is written on the new one together with the lifting of its own fence; once sessions
 * go on, {@link #complete} tells the old primary that its fence is for good. Before the second step
 * everything can be taken back, after it nothing may be.
 *
 * <p>Steps run in the caller's thread, {@link #abort} may come from another one. A step that leaves
 * a record of the attempt holds this object's lock until it has ended, so that an abort comes
 * before or after it. The others hold nothing while they wait: an abort may come at any moment in
 * them, and ends the one that waits for table locks.
 */
public final class PostgresSwitchover implements Switchover {
  private static final Logger log = LoggerFactory.getLogger(PostgresSwitchover.class);

  /** How far the attempt has gone; only forward. */
  private enum Stage {
    PREPARED,
    INTENDED,
    /** The decision may be on its way: only the new primary can tell. */
    DECIDING,
    DECIDED,
    ABORTED
  }

  private final PostgresSide oldPrimary;
  private final PostgresSide newPrimary;
  private final Standing before;
  private final Attempt attempt;
  private final StreamControl streams;
  private final Equipment equipment;
  private final PreparedStream reverse;
  private final Sequences sequences;
  private final Fence fence;
  private final Connection atOld;
  private final Connection atNew;

  /** Guarded by this. */
  private Stage stage = Stage.PREPARED;

  /** Whether the fence may stick on the old primary. Guarded by this. */
  private boolean stuck;

  private PostgresSwitchover(
      PostgresSide oldPrimary,
      PostgresSide newPrimary,
      Standing before,
      Attempt attempt,
      StreamControl streams,
      Equipment equipment) {
    this.oldPrimary = oldPrimary;
    this.newPrimary = newPrimary;
    this.before = before;
    this.attempt = attempt;
    this.streams = streams;
    this.equipment = equipment;
    this.reverse = equipment.reverse();
    this.sequences = equipment.sequences();
    this.fence = equipment.fence();
    this.atOld = equipment.atOld();
    this.atNew = equipment.atNew();
  }

  /**
   * Prepares a change of primary: settles what is left of earlier ones, checks the rights, sets the
   * sequences for the first time, makes the reverse stream and opens all connections.
   *
   * @param one a side
   * @param other the other side
   * @param before the standing of now
   * @param streams the engine that runs the stream of now
   * @throws SyncException with findings when it cannot be done; nothing is left behind then
   */
  public static PostgresSwitchover prepare(
      PostgresSide one, PostgresSide other, Standing before, StreamControl streams)
      throws SyncException {
    Standing settled = new Settlement(one, other).settle(before).standing();
    if (!settled.equals(before)) {
      throw new SyncException(
          "The databases' records say " + settled + ", not " + before + ". Restart Turnout.");
    }
    PostgresSide oldPrimary = before.primary() == one.side() ? one : other;
    PostgresSide newPrimary = before.primary() == one.side() ? other : one;
    HelperSchema records = new HelperSchema(DecisionRecords.STATEMENTS);
    records.create(oldPrimary);
    records.create(newPrimary);
    Attempt attempt = Attempt.of(oldPrimary.route(), before.epoch().next());
    Equipment equipment = Equipment.open(oldPrimary, newPrimary, attempt);
    return new PostgresSwitchover(oldPrimary, newPrimary, before, attempt, streams, equipment);
  }

  @Override
  public Standing target() {
    return new Standing(attempt.epoch(), newPrimary.side());
  }

  @Override
  public synchronized void recordIntent(Duration deadline) throws SyncException {
    require(Stage.PREPARED);
    // From here on an intent may be there, also when the answer is lost.
    stage = Stage.INTENDED;
    try {
      DecisionRecords.intend(atOld, attempt, deadline);
    } catch (SQLException e) {
      throw oldPrimary.failure("recording the intent", e);
    }
  }

  private synchronized void require(Stage expected) throws SyncException {
    if (stage != expected) {
      throw new SyncException("The change of primary is " + stage + ", not " + expected);
    }
  }

  @Override
  public void fence(Duration lockTimeout) throws SyncException {
    require(Stage.INTENDED);
    fence.lock(lockTimeout);
  }

  @Override
  public void catchUp(Duration timeout) throws SyncException {
    require(Stage.INTENDED);
    try {
      streams.marker().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw new SyncException(
          newPrimary.side().word() + " did not catch up within " + timeout.toMillis() + " ms");
    } catch (ExecutionException failure) {
      throw new SyncException(
          newPrimary.side().word() + " did not catch up: " + failure.getCause(), failure);
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  private static SyncException interrupted(InterruptedException stopped) {
    Thread.currentThread().interrupt();
    return new SyncException("The change of primary was interrupted", stopped);
  }

  @Override
  public int advanceSequences(Duration timeout) throws SyncException {
    require(Stage.INTENDED);
    try {
      SwitchConnection.patience(atOld, timeout);
      SwitchConnection.patience(atNew, timeout);
      // Nothing that is drawn from here on can be written any more.
      return sequences.advance(atOld, atNew);
    } catch (SQLException e) {
      throw newPrimary.failure("setting the sequences", e);
    }
  }

  @Override
  public Verification compareChanged(Duration timeout) throws SyncException {
    require(Stage.INTENDED);
    try {
      return streams.compareChanged(timeout);
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  @Override
  public void arm(Duration timeout) throws SyncException {
    require(Stage.INTENDED);
    reverse.arm(timeout);
  }

  @Override
  public synchronized void decide(Duration timeout) throws SyncException, InDoubtException {
    long end = System.nanoTime() + timeout.toNanos();
    stick(timeout);
    putDecision(Duration.ofNanos(end - System.nanoTime()));
  }

  /** From here on the old primary refuses writers, until the fence expires. */
  synchronized void stick(Duration timeout) throws SyncException {
    require(Stage.INTENDED);
    stuck = true;
    fence.stick(timeout);
  }

  /** Until the commit is sent no decision can come of it; from then on only the server can tell. */
  synchronized void putDecision(Duration timeout) throws SyncException, InDoubtException {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      SwitchConnection.patience(atNew, timeout);
      atNew.setAutoCommit(false);
      String outcome =
          DecisionRecords.put(
              atNew,
              attempt.id(),
              attempt.route(),
              attempt.epoch().number(),
              DecisionRecords.SWITCHED);
      if (!outcome.equals(DecisionRecords.SWITCHED)) {
        throw new SyncException("The attempt was called off by someone else");
      }
      Fence.lift(atNew, attempt.route().value());
      SwitchConnection.patience(atNew, Duration.ofNanos(end - System.nanoTime()));
    } catch (SQLException e) {
      throw newPrimary.failure("writing the decision", e);
    }
    stage = Stage.DECIDING;
    try {
      atNew.commit();
      atNew.setAutoCommit(true);
      stage = Stage.DECIDED;
    } catch (SQLException e) {
      String reason = newPrimary.failure("committing the decision", e).getMessage();
      // An answer that may still come must not find this connection alive.
      equipment.close();
      throw new InDoubtException(String.valueOf(reason), e);
    }
  }

  /** The old primary learns that it is for good: best effort, settled later where it fails. */
  void confirm() {
    try {
      SwitchConnection.patience(atOld, SwitchConnection.PATIENCE);
      atOld.setAutoCommit(false);
      Fence.confirm(atOld, attempt);
      DecisionRecords.close(atOld, attempt.id(), DecisionRecords.SWITCHED);
      atOld.commit();
    } catch (SQLException e) {
      log.warn("{}", oldPrimary.failure("confirming the fence; it is done again", e).getMessage());
    }
  }

  @Override
  public void complete() throws SyncException {
    synchronized (this) {
      // After a doubt that ended well the settlement, not this object, knows of the decision.
      if (stage != Stage.DECIDED && stage != Stage.DECIDING) {
        throw new SyncException("The change of primary is " + stage + ", not decided");
      }
      if (stage == Stage.DECIDED) {
        confirm();
      }
      stage = Stage.DECIDED;
    }
    equipment.close();
    reverse.close();
    streams.changeOver(target());
    new Settlement(oldPrimary, newPrimary).settle(target());
  }

  @Override
  public void abort() {
    // Before anything else, and not under the lock: a step in another thread may wait for tables.
    if (!decided()) {
      fence.release();
    }
    synchronized (this) {
      if (stage == Stage.DECIDED || stage == Stage.ABORTED) {
        return;
      }
      boolean intended = stage != Stage.PREPARED;
      boolean sent = stage == Stage.DECIDING;
      stage = Stage.ABORTED;
      equipment.close();
      if (intended) {
        int process = stuck ? equipment.fenceProcess() : 0;
        new CallOff(oldPrimary, newPrimary, attempt, process, sent).run();
      }
    }
  }

  private synchronized boolean decided() {
    return stage == Stage.DECIDED;
  }

  @Override
  public void discard() {
    boolean fenced;
    synchronized (this) {
      if (stage != Stage.ABORTED) {
        return;
      }
      fenced = stuck;
    }
    if (fenced) {
      dropTriggers();
    }
    discardReverse();
  }

  /** They are lifted, so they only cost time; those that stay go when it is settled. */
  private void dropTriggers() {
    try (Connection connection = SwitchConnection.open(oldPrimary)) {
      FenceTriggers.drop(connection, attempt.route());
    } catch (SQLException | SyncException e) {
      log.warn("the triggers of a fence that was lifted stay for now", e);
    }
  }

  private void discardReverse() {
    try {
      reverse.discard();
    } catch (SyncException | RuntimeException e) {
      log.warn("the reverse stream of an attempt stays for now: {}", e.getMessage());
    }
  }

  /** The attempt's target and how it stands, for logs. */
  @Override
  public String toString() {
    return attempt + " from " + before.primary() + " to " + newPrimary.side();
  }

  /** Rights and other things that a later change of primary in this direction would miss. */
  public static List<Finding> missingRights(PostgresSide primary) throws SyncException {
    try (Connection connection = primary.control()) {
      return FenceTriggers.missingRights(
          connection, primary.config().user(), Tables.load(connection));
    } catch (SQLException e) {
      throw primary.failure("looking for the rights that the fence needs", e);
    }
  }
}
