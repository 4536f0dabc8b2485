package org.turnout.sync.apply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.side.Table;

/**
 * Remembers which keys the stream changed. One table more than the bound makes the table count as
 * changed as a whole; that table's keys then make room for the others. Any thread.
 */
public final class ChangedKeyLog implements ChangedKeys {
  private static final int DEFAULT_BOUND = 200_000;

  private final int bound;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private int keys;

  /** Every table counts as changed as a whole: what happened before is not known. */
  public ChangedKeyLog(List<Table> tables) {
    this(tables, DEFAULT_BOUND);
  }

  ChangedKeyLog(List<Table> tables, int bound) {
    this.bound = bound;
    tables.forEach(table -> entries.put(table.sqlName(), new Entry(table)));
    everything();
  }

  /**
   * Goes on where the log of the stream before ended: the sides were compared when it ended, so
   * what it does not hold is equal. Tables that it did not know count as changed as a whole.
   *
   * @param tables the tables as the new source has them
   */
  public static ChangedKeyLog continuing(List<Table> tables, ChangedKeyLog before) {
    ChangedKeyLog log = new ChangedKeyLog(tables);
    Map<String, Changed> held = new LinkedHashMap<>();
    before.take().forEach((table, changed) -> held.put(table.sqlName(), changed));
    for (Table table : tables) {
      if (before.knows(table)) {
        log.forget(table);
        Changed changed = held.get(table.sqlName());
        if (changed != null) {
          log.putBack(Map.of(table, changed));
        }
      }
    }
    return log;
  }

  private synchronized boolean knows(Table table) {
    return entries.containsKey(table.sqlName());
  }

  private synchronized void forget(Table table) {
    Entry entry = entries.get(table.sqlName());
    if (entry != null) {
      keys -= entry.size();
      entry.keys = new HashSet<>();
    }
  }

  /** One table; {@code keys} is null when the table counts as a whole. */
  private static final class Entry {
    private final Table table;
    private @Nullable Set<List<String>> keys = new HashSet<>();

    Entry(Table table) {
      this.table = table;
    }

    int size() {
      return keys == null ? 0 : keys.size();
    }

    @Nullable Changed changed() {
      if (keys == null) {
        return new Changed.Whole();
      }
      return keys.isEmpty() ? null : new Changed.Keys(new ArrayList<>(keys));
    }
  }

  /** Adds keys of a table, before their change is committed on the target. */
  synchronized void add(Table table, Collection<List<String>> changed) {
    Entry entry = entries.get(table.sqlName());
    if (entry == null || entry.keys == null) {
      return;
    }
    int before = entry.keys.size();
    entry.keys.addAll(changed);
    keys += entry.keys.size() - before;
    if (keys > bound) {
      whole(entry);
    }
  }

  /** The whole table counts as changed. */
  synchronized void add(Table table) {
    Entry entry = entries.get(table.sqlName());
    if (entry != null) {
      whole(entry);
    }
  }

  /** Whether the table counts as changed as a whole. */
  public synchronized boolean isWhole(Table table) {
    Entry entry = entries.get(table.sqlName());
    return entry != null && entry.keys == null;
  }

  private void whole(Entry entry) {
    keys -= entry.size();
    entry.keys = null;
  }

  @Override
  public synchronized Map<Table, Changed> take() {
    Map<Table, Changed> taken = new LinkedHashMap<>();
    for (Entry entry : entries.values()) {
      Changed changed = entry.changed();
      if (changed != null) {
        taken.put(entry.table, changed);
      }
      entry.keys = new HashSet<>();
    }
    keys = 0;
    return taken;
  }

  @Override
  public synchronized void putBack(Map<Table, Changed> changes) {
    changes.forEach(
        (table, changed) -> {
          switch (changed) {
            case Changed.Whole whole -> add(table);
            case Changed.Keys some -> add(table, some.keys());
          }
        });
  }

  @Override
  public synchronized void everything() {
    entries.values().forEach(this::whole);
  }

  @Override
  public synchronized long size() {
    return entries.values().stream().anyMatch(entry -> entry.keys == null) ? Long.MAX_VALUE : keys;
  }
}
