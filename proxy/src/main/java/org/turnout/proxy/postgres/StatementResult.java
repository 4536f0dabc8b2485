package org.turnout.proxy.postgres;

import java.util.function.IntUnaryOperator;
import org.turnout.protocol.postgres.message.RowDescription;

/**
 * What a prepared statement gives, as a backend describes it. A server keeps it for as long as the
 * statement lives: what a client was once told of it, it may rely on. Immutable.
 */
sealed interface StatementResult {
  /**
   * Rows.
   *
   * @param shape of their columns; the same text means that a server takes the one for the other
   */
  record Rows(String shape) implements StatementResult {}

  /** No rows. */
  record Nothing() implements StatementResult {}

  /**
   * What it would give by now is not what it gave: the server refuses to use it.
   *
   * @param told what it gave; {@link Untold} where that is not known
   */
  record Stale(StatementResult told) implements StatementResult {}

  /** It could not be asked for. */
  record Untold() implements StatementResult {}

  StatementResult NOTHING = new Nothing();
  StatementResult UNTOLD = new Untold();

  /** Rows of which nothing is known but that a server found the ones of now to be others. */
  StatementResult OTHER = new Rows("?");

  /**
   * Columns without what differs from server to server: numbers of tables, and those of types that
   * the database itself has. Of the latter only the size is compared, not which ones they are.
   */
  static StatementResult of(RowDescription description) {
    return rows(description, type -> -1);
  }

  /** The same, of columns whose types have the numbers of one server. */
  static StatementResult ofOneServer(RowDescription description) {
    return rows(description, type -> SessionState.Type.isOfUsers(type) ? type : -1);
  }

  private static StatementResult rows(RowDescription description, IntUnaryOperator ownType) {
    StringBuilder shape = new StringBuilder();
    for (RowDescription.Column column : description.columns()) {
      int type = column.type();
      shape.append(column.name()).append('\0');
      shape.append(SessionState.Type.isBuiltIn(type) ? type : ownType.applyAsInt(type)).append(' ');
      shape.append(column.typeSize()).append(' ').append(column.modifier()).append('\n');
    }
    return new Rows(shape.toString());
  }

  /** What the client was told of it, as far as that is known. */
  default StatementResult told() {
    return this;
  }

  /** Whether what the client was told is known. */
  default boolean isTold() {
    return !(told() instanceof Untold);
  }

  /** The same of one that a server refuses to use. */
  default Stale stale() {
    return new Stale(told());
  }

  /** Whether who was told this one cannot make use of the other. */
  default boolean isBrokenBy(StatementResult other) {
    return !(this instanceof Untold || other instanceof Untold || told().equals(other));
  }
}
