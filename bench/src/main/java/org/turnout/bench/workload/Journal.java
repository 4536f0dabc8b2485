package org.turnout.bench.workload;

import java.util.HashMap;
import java.util.Map;

/**
 * What one client remembers of the rows it wrote into one table: number, payload, and what it was
 * told about them. Written by the client's thread, read when that has ended.
 */
final class Journal {
  private final String table;
  private final int client;
  private final Map<Long, Entry> entries = new HashMap<>();
  private long last;

  Journal(String table, int client) {
    this.table = table;
    this.client = client;
  }

  /** What the client was told about a row. */
  enum Fate {
    /** No answer: the row may be there or not, but never twice. */
    IN_DOUBT,
    /** Committed: the row must be there once. */
    ACKNOWLEDGED,
    /** Rolled back by the client: the row must not be there. */
    ROLLED_BACK
  }

  /** One row. */
  record Entry(String payload, Fate fate) {}

  /** Takes the next number for a row about to be written. */
  long begin(String payload) {
    entries.put(++last, new Entry(payload, Fate.IN_DOUBT));
    return last;
  }

  void acknowledge(long number) {
    settle(number, Fate.ACKNOWLEDGED);
  }

  void rolledBack(long number) {
    settle(number, Fate.ROLLED_BACK);
  }

  private void settle(long number, Fate fate) {
    entries.computeIfPresent(number, (key, entry) -> new Entry(entry.payload(), fate));
  }

  String table() {
    return table;
  }

  int client() {
    return client;
  }

  Map<Long, Entry> entries() {
    return entries;
  }
}
