package org.turnout.sync.verify;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;
import org.turnout.sync.VerificationProgress;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.side.Table;

/**
 * One going over both sides, at one pair of snapshots or several: what it has counted and found.
 * Its comparisons run on threads of their own; {@link #compare} is called by one thread.
 */
final class Pass {
  private final long start = System.nanoTime();
  private final DifferenceLog log = new DifferenceLog();
  private final AtomicLong rows = new AtomicLong();
  private final long estimatedRows;
  private final VerificationProgress progress;

  /** A pass over all of these tables. */
  Pass(List<Table> tables, VerificationProgress progress) {
    this.estimatedRows = tables.stream().mapToLong(Table::estimatedRows).sum();
    this.progress = progress;
  }

  /** A pass over what has changed, whose size nobody waits for. */
  Pass() {
    this(List.of(), (compared, total, differences) -> {});
  }

  /** A part of this pass, told with it, that counts once it is added. */
  Pass part() {
    long before = rows.get();
    long differences = log.count();
    return new Pass(
        List.of(),
        (compared, total, found) ->
            progress.rows(
                before + compared,
                Math.max(before + compared, estimatedRows),
                differences + found));
  }

  void add(Pass part) {
    rows.addAndGet(part.rows());
    log.add(part.log);
  }

  long rows() {
    return rows.get();
  }

  /** Compares the tables at the present pair of snapshots, as many at once as have connections. */
  void compare(BothSides sides, Map<Table, Changed> work)
      throws SyncException, InterruptedException {
    Queue<Map.Entry<Table, Changed>> queue = new ConcurrentLinkedQueue<>(work.entrySet());
    Callable<Void> lane =
        () -> {
          for (var next = queue.poll(); next != null; next = queue.poll()) {
            compare(sides, next.getKey(), next.getValue());
          }
          return null;
        };
    Parallel.all(Collections.nCopies(sides.primary().workers(), lane));
  }

  private void compare(BothSides sides, Table table, Changed changed)
      throws SyncException, InterruptedException {
    switch (changed) {
      case Changed.Whole() -> new TableComparison(sides, table, log).run(this::compared);
      case Changed.Keys(List<List<String>> keys) ->
          new KeyComparison(sides, table, log).run(keys, this::compared);
    }
    compared(0);
  }

  private void compared(long more) {
    long compared = rows.addAndGet(more);
    progress.rows(compared, Math.max(compared, estimatedRows), log.count());
  }

  /**
   * What must be compared again after these tables were compared: of each that differs, what had
   * changed together with the keys found to differ.
   *
   * @param changed what was known to have changed
   */
  Map<Table, Changed> toCompareAgain(Map<Table, Changed> changed, Set<Table> compared) {
    Map<String, Map.Entry<Table, Changed>> known = new HashMap<>();
    changed.entrySet().forEach(entry -> known.put(entry.getKey().sqlName(), entry));
    Map<Table, Changed> again = new LinkedHashMap<>();
    for (Table table : compared) {
      if (!log.clean(table)) {
        Map.Entry<Table, Changed> entry =
            known.getOrDefault(
                table.sqlName(), Map.entry(table, new Changed.Keys(List.<List<String>>of())));
        again.put(entry.getKey(), log.differing(table, entry.getValue()));
      }
    }
    return again;
  }

  Verification result(int tables) {
    return new Verification(
        true, tables, rows.get(), log.count(), log.kept(), (System.nanoTime() - start) / 1_000_000);
  }
}
