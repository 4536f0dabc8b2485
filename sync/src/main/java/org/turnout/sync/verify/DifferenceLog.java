package org.turnout.sync.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.turnout.sync.Verification.Difference;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.side.Table;

/**
 * Collects differences: all are counted, the first thousand kept, and per table the keys to be
 * compared again. Any thread.
 */
final class DifferenceLog {
  static final int KEPT = 1_000;

  private final List<Difference> kept = new ArrayList<>();
  private final Map<String, Differing> tables = new HashMap<>();
  private long count;

  /** The keys of one table that differ; {@code whole} when some of them are not known. */
  private static final class Differing {
    private final Set<List<String>> keys = new LinkedHashSet<>();
    private boolean whole;
  }

  /** How many more differences would be kept. */
  synchronized int room() {
    return KEPT - kept.size();
  }

  synchronized void add(Table table, List<String> key, Kind kind, List<String> columns) {
    count++;
    if (kept.size() < KEPT) {
      kept.add(new Difference(table.displayName(), keyText(table, key), kind, columns));
    }
    Differing differing = differing(table);
    if (table.key().isEmpty() || differing.keys.size() == KEPT) {
      differing.whole = true;
    } else {
      differing.keys.add(key);
    }
  }

  /** Counts differences whose keys nobody looked up. */
  synchronized void addUnlocated(Table table, long differences) {
    count += differences;
    differing(table).whole = true;
  }

  /** Adds what another log kept and counted; its keys to be compared again stay with it. */
  synchronized void add(DifferenceLog other) {
    count += other.count();
    other.kept().stream().limit(room()).forEach(kept::add);
  }

  private Differing differing(Table table) {
    return tables.computeIfAbsent(table.sqlName(), name -> new Differing());
  }

  /** {@code column=value, …}; of a table without key the beginning of the row. */
  private static String keyText(Table table, List<String> key) {
    if (table.key().isEmpty()) {
      return "row " + key.getFirst();
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < key.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(table.key().get(i)).append('=').append(key.get(i));
    }
    return text.toString();
  }

  synchronized long count() {
    return count;
  }

  synchronized List<Difference> kept() {
    return List.copyOf(kept);
  }

  synchronized boolean clean(Table table) {
    return !tables.containsKey(table.sqlName());
  }

  /** What of a table is to be compared again, beyond what was already known to have changed. */
  synchronized Changed differing(Table table, Changed changed) {
    Differing differing = differing(table);
    if (differing.whole || changed instanceof Changed.Whole) {
      return new Changed.Whole();
    }
    Set<List<String>> keys = new LinkedHashSet<>(differing.keys);
    if (changed instanceof Changed.Keys known) {
      keys.addAll(known.keys());
    }
    return new Changed.Keys(List.copyOf(keys));
  }
}
