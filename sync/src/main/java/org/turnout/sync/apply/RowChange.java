package org.turnout.sync.apply;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.Tuple;

/**
 * What a batch does to one row in the end. Confined to the applier's thread.
 *
 * <pre>
 *              insert    update    delete
 *  (nothing)   INSERT    UPDATE    DELETE
 *  INSERT      -         INSERT    DELETE
 *  UPDATE      -         UPDATE    DELETE
 *  DELETE      REPLACE   -         DELETE
 *  REPLACE     -         REPLACE   DELETE
 * </pre>
 */
final class RowChange {
  /** The kinds of net effect; {@code REPLACE} is a delete of the old row and an insert. */
  enum Kind {
    INSERT,
    UPDATE,
    DELETE,
    REPLACE
  }

  private Kind kind;
  private final @Nullable String[] values;
  private final BitSet present;

  private RowChange(Kind kind, int columns) {
    this.kind = kind;
    this.values = new @Nullable String[columns];
    this.present = new BitSet(columns);
  }

  static RowChange of(Kind kind, int columns) {
    return new RowChange(kind, columns);
  }

  Kind kind() {
    return kind;
  }

  /** The columns whose value is known. */
  BitSet present() {
    return present;
  }

  @Nullable String value(int column) {
    return values[column];
  }

  void set(int column, @Nullable String value) {
    values[column] = value;
    present.set(column);
  }

  /** Takes the values that came; what the log omitted stays as it was. */
  void merge(Tuple row) {
    for (int column = 0; column < row.size(); column++) {
      switch (row.kind(column)) {
        case NULL -> set(column, null);
        case TEXT -> set(column, row.text(column));
        case UNCHANGED -> {}
        case BINARY -> throw new IllegalStateException("binary values were not asked for");
      }
    }
  }

  /** The row is there again. */
  void inserted() {
    present.clear();
    kind = kind == Kind.DELETE || kind == Kind.REPLACE ? Kind.REPLACE : Kind.INSERT;
  }

  void deleted() {
    present.clear();
    Arrays.fill(values, null);
    kind = Kind.DELETE;
  }

  /** Whether the row as it was on the target has to go first. */
  boolean deletes() {
    return kind == Kind.DELETE || kind == Kind.REPLACE;
  }

  /** Whether a whole row is to be written. */
  boolean inserts() {
    return kind == Kind.INSERT || kind == Kind.REPLACE;
  }
}
