package org.turnout.sync.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.turnout.sync.apply.ChangedKeys;
import org.turnout.sync.side.Table;

/** Changed keys as a test sets them; what is put back replaces what was there. */
final class RecordedKeys implements ChangedKeys {
  private final Map<Table, Changed> keys = new LinkedHashMap<>();
  private final List<Table> tables;

  RecordedKeys(List<Table> tables) {
    this.tables = tables;
  }

  synchronized RecordedKeys changed(Table table, List<List<String>> changed) {
    keys.put(table, new Changed.Keys(changed));
    return this;
  }

  synchronized RecordedKeys changed(Table table) {
    keys.put(table, new Changed.Whole());
    return this;
  }

  synchronized Map<Table, Changed> now() {
    return Map.copyOf(keys);
  }

  @Override
  public synchronized Map<Table, Changed> take() {
    Map<Table, Changed> taken = Map.copyOf(keys);
    keys.clear();
    return taken;
  }

  @Override
  public synchronized void putBack(Map<Table, Changed> back) {
    keys.putAll(back);
  }

  @Override
  public synchronized void everything() {
    tables.forEach(this::changed);
  }

  @Override
  public synchronized long size() {
    long size = 0;
    for (Changed changed : keys.values()) {
      switch (changed) {
        case Changed.Whole() -> {
          return Long.MAX_VALUE;
        }
        case Changed.Keys(List<List<String>> some) -> size += some.size();
      }
    }
    return size;
  }
}
