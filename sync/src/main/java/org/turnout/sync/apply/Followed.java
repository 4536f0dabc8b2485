package org.turnout.sync.apply;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.Tuple;
import org.turnout.sync.apply.TargetTable.TargetColumn;
import org.turnout.sync.side.Table;

/**
 * A table of the stream matched with its table on the target: the columns in the stream's order,
 * and which of them name a row.
 *
 * @param table the table as the source's catalogue gave it
 * @param columns the target's columns in the order of the stream
 * @param identity positions of the columns that name a row in the stream; none when only all its
 *     values do, and the stream brings them all
 * @param key positions of the columns of {@link Table#key}
 * @param copied what the copy of this table already holds
 */
record Followed(
    Table table,
    TargetTable target,
    List<TargetColumn> columns,
    List<Integer> identity,
    List<Integer> key,
    @Nullable SnapshotVisibility copied) {
  Followed {
    columns = List.copyOf(columns);
    identity = List.copyOf(identity);
    key = List.copyOf(key);
  }

  /** Whether an UPDATE cannot name some column, so that rows are deleted and inserted instead. */
  boolean rewritesUpdates() {
    for (int column = 0; column < columns.size(); column++) {
      if (columns.get(column).identityAlways() && !identity.contains(column)) {
        return true;
      }
    }
    return false;
  }

  /** Whether changes tell the key of the row, old and new. */
  boolean identityIsKey() {
    return identity.equals(key);
  }

  /** Whether a row is only named by all it holds. */
  boolean keyless() {
    return identity.isEmpty();
  }

  /** The values that name the row, as text. */
  List<String> identityOf(Tuple row) {
    return identityOf(row, null);
  }

  /**
   * The values that name the row, as text.
   *
   * @param former where a value stands that the log omitted from the row because it did not change
   */
  List<String> identityOf(Tuple row, @Nullable Tuple former) {
    List<String> values = new ArrayList<>(identity.size());
    for (int column : identity) {
      Tuple holder = former != null && row.isUnchanged(column) ? former : row;
      values.add(holder.text(column));
    }
    return values;
  }
}
