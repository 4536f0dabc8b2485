package org.turnout.sync.verify;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.turnout.config.SyncConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;
import org.turnout.sync.VerificationProgress;
import org.turnout.sync.apply.ApplyGate;
import org.turnout.sync.apply.ChangedKeys;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * Proves that both sides hold the same rows while traffic goes on. Any thread; one comparison at a
 * time, others wait. Keeps its connections between comparisons, so that the one inside a pause need
 * not connect.
 *
 * <p><b>Exact by construction.</b> The applier is stopped, a snapshot S is taken on the primary,
 * the applier is let go exactly as far as S sees, a snapshot is taken on the secondary, the applier
 * goes on (milliseconds). What both snapshots show is the same state of the source, however long
 * the reading takes; no delay is guessed and no row is excused for having changed meanwhile. Each
 * group of tables has a pair of its own, so that no snapshot grows old.
 *
 * <p><b>Changed keys.</b> The rule: a row that may differ is among the changed keys or in a
 * comparison that is under way. The keys are taken before the applier is stopped. A key that is
 * taken belongs to a change whose application had begun, so the stop waits for its commit and S,
 * taken after the stop, sees it: the comparison at S covers it. A key of any later change is
 * recorded anew and stays. A table that compared equal at S therefore differs, if at all, only in
 * rows that are recorded, and what was taken of it is dropped. Everything else goes back: at once
 * what was taken of tables outside the group, untouched what a failed comparison had taken, and of
 * a table that differs what was taken together with the keys found to differ.
 */
public final class Verifier implements AutoCloseable {
  private static final Duration SNAPSHOT_AGE = Duration.ofSeconds(30);

  /** Changed keys that are few enough to be compared inside a pause. */
  private static final long FEW = 500;

  private static final int ROUNDS = 6;
  private static final int MOST_WAYS_GIVEN = 50;

  private final PostgresSide primary;
  private final PostgresSide secondary;
  private final List<Table> tables;
  private final ApplyGate gate;
  private final ChangedKeys changedKeys;
  private final SyncConfig config;
  private final Duration snapshotAge;
  private final Precondition precondition;
  private final ReentrantLock one = new ReentrantLock();
  private volatile @Nullable BothSides kept;
  private volatile boolean closed;

  /**
   * Opens nothing yet.
   *
   * @param tables all tables that are moved, as the primary has them
   * @param precondition looked at before each comparison
   */
  public Verifier(
      PostgresSide primary,
      PostgresSide secondary,
      List<Table> tables,
      ApplyGate gate,
      ChangedKeys changedKeys,
      SyncConfig config,
      Precondition precondition) {
    this(primary, secondary, tables, gate, changedKeys, config, SNAPSHOT_AGE, precondition);
  }

  /** With another age, roughly kept, than the 30 seconds that a pair of snapshots may live. */
  public Verifier(
      PostgresSide primary,
      PostgresSide secondary,
      List<Table> tables,
      ApplyGate gate,
      ChangedKeys changedKeys,
      SyncConfig config,
      Duration snapshotAge,
      Precondition precondition) {
    this.primary = primary;
    this.secondary = secondary;
    this.tables = List.copyOf(tables);
    this.gate = gate;
    this.changedKeys = changedKeys;
    this.config = config;
    this.snapshotAge = snapshotAge;
    this.precondition = precondition;
  }

  /** What must hold of the primary's tables so that comparing their rows proves anything. */
  @FunctionalInterface
  public interface Precondition {
    /** Looks; called before the changed keys are taken, so it may add to them. */
    void require() throws SyncException;
  }

  /**
   * Compares every row of every table while traffic runs; differences are located to keys.
   *
   * @throws SyncException when it could not be completed
   */
  public Verification verify(VerificationProgress progress)
      throws SyncException, InterruptedException {
    one.lockInterruptibly();
    try {
      precondition.require();
      Pass pass = new Pass(tables, progress);
      TableGroups groups = new TableGroups(tables, snapshotAge);
      int gaveWay = 0;
      while (groups.hasNext()) {
        List<Table> group = groups.next();
        Pass part = pass.part();
        long start = System.nanoTime();
        if (verifyGroup(part, group)) {
          pass.add(part);
          groups.took(part.rows(), System.nanoTime() - start);
        } else {
          groups.again(group);
          requirePatience(++gaveWay);
        }
      }
      return pass.result(tables.size());
    } finally {
      one.unlock();
    }
  }

  private static void requirePatience(int gaveWay) throws SyncException {
    if (gaveWay == MOST_WAYS_GIVEN) {
      throw new SyncException(
          "The comparison gave way "
              + gaveWay
              + " times to statements that lock whole tables on the primary (TRUNCATE, ALTER"
              + " TABLE). Verify again when there are fewer of them.");
    }
  }

  /** False when someone needed a table of the group more. */
  private boolean verifyGroup(Pass pass, List<Table> group)
      throws SyncException, InterruptedException {
    Set<String> names = group.stream().map(Table::sqlName).collect(Collectors.toSet());
    Map<Table, Changed> taken = new LinkedHashMap<>();
    Map<Table, Changed> others = new LinkedHashMap<>();
    changedKeys
        .take()
        .forEach(
            (table, changed) ->
                (names.contains(table.sqlName()) ? taken : others).put(table, changed));
    changedKeys.putBack(others);
    Map<Table, Changed> work = new LinkedHashMap<>();
    group.forEach(table -> work.put(table, new Changed.Whole()));
    return compareAtPair(pass, taken, work);
  }

  /**
   * Compares the changed rows, again and again until few have changed meanwhile or their number no
   * longer falls; before the first clean {@link #verify} that is every row. The result's rows are
   * those of all rounds, its differences those that the last round still found.
   */
  public Verification verifyChanged() throws SyncException, InterruptedException {
    one.lockInterruptibly();
    try {
      precondition.require();
      long before = Long.MAX_VALUE;
      int gaveWay = 0;
      for (int round = 1; ; round++) {
        Pass pass = new Pass();
        Map<Table, Changed> taken = changedKeys.take();
        while (!compareAtPair(pass, taken, taken)) {
          requirePatience(++gaveWay);
          pass = new Pass();
          taken = changedKeys.take();
        }
        long left = changedKeys.size();
        if (left <= FEW || left >= before || round == ROUNDS) {
          return pass.result(taken.size());
        }
        before = left;
      }
    } finally {
      one.unlock();
    }
  }

  /**
   * Compares the changed rows as both sides stand: for inside a pause, when nobody writes to the
   * primary and everything is applied.
   *
   * @throws SyncException when it did not finish in time or could not be done; the keys are kept
   */
  public Verification compareChanged(Duration timeout) throws SyncException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (!one.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new SyncException("Another comparison of both sides runs. Wait for its end.");
    }
    try {
      requireWithin(deadline);
      Pass pass = new Pass();
      Map<Table, Changed> taken = changedKeys.take();
      run(pass, taken, taken, sides -> compareStill(sides, pass, taken, deadline));
      return pass.result(taken.size());
    } finally {
      one.unlock();
    }
  }

  private void requireWithin(long deadline) throws SyncException, InterruptedException {
    Callable<Void> look =
        () -> {
          precondition.require();
          return null;
        };
    try {
      Parallel.within(Duration.ofNanos(deadline - System.nanoTime()), look);
    } catch (TimeoutException e) {
      throw new SyncException(
          primary.side().word() + " did not say in time whether its tables are what they were", e);
    }
  }

  private static void compareStill(
      BothSides sides, Pass pass, Map<Table, Changed> changed, long deadline)
      throws SyncException, InterruptedException {
    Callable<Void> work =
        () -> {
          sides.freezeStill();
          pass.compare(sides, changed);
          return null;
        };
    try {
      Parallel.within(Duration.ofNanos(deadline - System.nanoTime()), work);
    } catch (TimeoutException e) {
      throw new SyncException(
          "Too much has changed since it was last compared, or a side is slow, in "
              + changed.keySet().stream().map(Table::displayName).collect(Collectors.joining(", "))
              + ": the comparison did not end in time. Verify shortly before the pause.",
          e);
    }
  }

  /** False when someone on the primary waited for its locks, and it gave way. */
  private boolean compareAtPair(Pass pass, Map<Table, Changed> taken, Map<Table, Changed> work)
      throws SyncException, InterruptedException {
    try (LockWatch watch = new LockWatch(primary)) {
      try {
        run(
            pass,
            taken,
            work,
            sides -> {
              sides.freeze(gate, List.copyOf(work.keySet()));
              watch.start(sides.primary().processes(), sides::abort);
              pass.compare(sides, work);
            });
        return true;
      } catch (SyncException e) {
        if (watch.gaveWay()) {
          return false;
        }
        throw e;
      }
    }
  }

  /** Runs a comparison and puts back, whatever happens, what is to be compared again. */
  private void run(
      Pass pass, Map<Table, Changed> taken, Map<Table, Changed> work, Comparison comparison)
      throws SyncException, InterruptedException {
    Map<Table, Changed> again = taken;
    boolean completed = false;
    try {
      if (!work.isEmpty()) {
        BothSides sides = connected();
        comparison.run(sides);
        sides.thaw();
      }
      again = pass.toCompareAgain(taken, work.keySet());
      completed = true;
    } finally {
      changedKeys.putBack(again);
      if (!completed) {
        abandon();
      }
    }
  }

  /** The connections of the last comparison if they still answer, else new ones. */
  private BothSides connected() throws SyncException, InterruptedException {
    BothSides sides = kept;
    if (closed) {
      throw new SyncException("The sync has ended, and comparisons with it.");
    }
    if (sides == null || !sides.alive()) {
      abandon();
      sides = BothSides.open(primary, secondary, config.workers());
      kept = sides;
    }
    return sides;
  }

  /** After a failure: whatever still runs on the servers ends with its connections. */
  private void abandon() {
    BothSides sides = kept;
    kept = null;
    if (sides != null) {
      sides.abort();
    }
  }

  /** Ends the connections for good; a comparison that runs fails and keeps its keys. */
  @Override
  public void close() {
    closed = true;
    abandon();
    one.lock();
    try {
      abandon();
    } finally {
      one.unlock();
    }
  }

  /** What is done with both sides' connections. */
  @FunctionalInterface
  private interface Comparison {
    void run(BothSides sides) throws SyncException, InterruptedException;
  }
}
