package org.turnout.sync.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.side.Table;
import org.turnout.sync.verify.TableScan.Row;

/**
 * Compares all of one table at a pair of snapshots. Both sides put their rows into buckets by key
 * and sum them, in one scan each; only the rows of buckets that differ are fetched, in a second
 * scan, and compared one by one. A row that only the secondary has is in some bucket too.
 */
final class TableComparison {
  /** Rows of both sides that are held at once while differences are located. */
  private static final long MOST_ROWS = 200_000;

  /** Further scans after which the rest is counted by buckets alone. */
  private static final int MOST_SCANS = 16;

  private final BothSides sides;
  private final Table table;
  private final DifferenceLog log;
  private final TableScan primary;
  private final TableScan secondary;

  TableComparison(BothSides sides, Table table, DifferenceLog log) {
    this.sides = sides;
    this.table = table;
    this.log = log;
    CanonicalRow row = sides.canonical(table);
    int buckets = TableScan.buckets(table);
    this.primary = new TableScan(sides.primary(), sides.hash(), row, table, buckets);
    this.secondary = new TableScan(sides.secondary(), sides.hash(), row, table, buckets);
  }

  /**
   * Compares; differences go to the log.
   *
   * @param rows told the number of rows compared, part by part, as the primary has them
   */
  void run(LongConsumer rows) throws SyncException, InterruptedException {
    List<Callable<BucketSums>> scans =
        List.of(() -> primary.sums(rows), () -> secondary.sums(ignored -> {}));
    List<BucketSums> sums = Parallel.all(scans);
    locate(sums.getFirst(), sums.getLast());
  }

  private void locate(BucketSums left, BucketSums right)
      throws SyncException, InterruptedException {
    List<Integer> group = new ArrayList<>();
    long rows = 0;
    int scans = 0;
    for (int bucket = 0; bucket < left.buckets(); bucket++) {
      if (left.sameBucket(bucket, right)) {
        continue;
      }
      if (scans == MOST_SCANS) {
        log.addUnlocated(table, Math.max(1, Math.abs(left.count(bucket) - right.count(bucket))));
        continue;
      }
      group.add(bucket);
      rows += left.count(bucket) + right.count(bucket);
      if (rows >= MOST_ROWS) {
        compareRows(group);
        scans++;
        rows = 0;
        group.clear();
      }
    }
    if (!group.isEmpty()) {
      compareRows(group);
    }
  }

  private void compareRows(List<Integer> buckets) throws SyncException, InterruptedException {
    List<Callable<List<Row>>> reads =
        List.of(() -> primary.rows(buckets), () -> secondary.rows(buckets));
    List<List<Row>> rows = Parallel.all(reads);
    if (table.key().isEmpty()) {
      compareWithoutKey(rows.getFirst(), rows.getLast());
    } else {
      compareByKey(rows.getFirst(), rows.getLast());
    }
  }

  private void compareByKey(List<Row> left, List<Row> right)
      throws SyncException, InterruptedException {
    Map<List<String>, Row> missing = new HashMap<>();
    left.forEach(row -> missing.put(row.key(), row));
    List<List<String>> different = new ArrayList<>();
    for (Row row : right) {
      Row other = missing.remove(row.key());
      if (other == null) {
        log.add(table, row.key(), Kind.ONLY_ON_SECONDARY, List.of());
      } else if (!other.equals(row)) {
        different.add(row.key());
      }
    }
    missing.keySet().forEach(key -> log.add(table, key, Kind.MISSING_ON_SECONDARY, List.of()));
    new KeyComparison(sides, table, log).locateColumns(different);
  }

  /** Rows without a key are equal or not: a changed one is missing here and surplus there. */
  private void compareWithoutKey(List<Row> left, List<Row> right) {
    Map<Row, Integer> surplus = new HashMap<>();
    left.forEach(row -> surplus.merge(row, 1, Integer::sum));
    right.forEach(row -> surplus.merge(row, -1, Integer::sum));
    surplus.forEach(
        (row, count) -> {
          Kind kind = count > 0 ? Kind.MISSING_ON_SECONDARY : Kind.ONLY_ON_SECONDARY;
          for (int i = 0; i < Math.abs(count); i++) {
            log.add(table, row.key(), kind, List.of());
          }
        });
  }
}
