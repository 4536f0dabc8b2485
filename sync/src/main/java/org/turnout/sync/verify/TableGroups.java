package org.turnout.sync.verify;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.turnout.sync.side.Table;

/**
 * Divides tables into groups that are each compared at one pair of snapshots, as many as can be
 * compared in the age that a snapshot may have, judged by the rate so far. A table is never
 * divided: a big one makes its snapshots as old as its comparison takes. One thread.
 */
final class TableGroups {
  private static final long FIRST_ROWS_PER_SECOND = 200_000;

  /** Locks of one transaction; servers allow at least 64 for each connection. */
  private static final int MOST_TABLES = 100;

  private final Deque<Table> rest;
  private final Duration snapshotAge;
  private final Set<Table> alone = new HashSet<>();
  private double rowsPerSecond = FIRST_ROWS_PER_SECOND;

  TableGroups(Collection<Table> tables, Duration snapshotAge) {
    this.rest = new ArrayDeque<>(tables);
    this.snapshotAge = snapshotAge;
  }

  boolean hasNext() {
    return !rest.isEmpty();
  }

  /** The next group, never empty. */
  List<Table> next() {
    double room = rowsPerSecond * snapshotAge.toMillis() / 1_000;
    List<Table> group = new ArrayList<>();
    do {
      Table table = rest.removeFirst();
      group.add(table);
      room -= table.estimatedRows();
    } while (!rest.isEmpty()
        && !alone.contains(group.getFirst())
        && !alone.contains(rest.getFirst())
        && group.size() < MOST_TABLES
        && rest.getFirst().estimatedRows() <= room);
    return group;
  }

  /** The group could not be compared: its tables come again, last and each alone. */
  void again(List<Table> group) {
    alone.addAll(group);
    rest.addAll(group);
  }

  /** What the last group took. */
  void took(long rows, long nanos) {
    if (rows >= FIRST_ROWS_PER_SECOND) {
      rowsPerSecond = rows * 1e9 / Math.max(1, nanos);
    }
  }
}
