package org.turnout.sync;

import java.util.List;

/**
 * The result of one comparison of both sides.
 *
 * @param complete whether every row of every table was compared
 * @param tables tables compared
 * @param rowsCompared rows compared, counted on the primary
 * @param differenceCount keys that differ
 * @param differences the first keys that differ, at most 1,000
 * @param durationMillis how long it took
 */
public record Verification(
    boolean complete,
    int tables,
    long rowsCompared,
    long differenceCount,
    List<Difference> differences,
    long durationMillis) {

  /** Whether both sides were found equal. */
  public boolean clean() {
    return complete && differenceCount == 0;
  }

  /**
   * One row that differs.
   *
   * @param table schema-qualified name
   * @param key the key as text, {@code column=value, …}
   * @param kind how it differs
   * @param columns the columns that differ, for {@link Kind#DIFFERENT}
   */
  public record Difference(String table, String key, Kind kind, List<String> columns) {}

  /** How a row differs. */
  public enum Kind {
    MISSING_ON_SECONDARY,
    ONLY_ON_SECONDARY,
    DIFFERENT
  }
}
