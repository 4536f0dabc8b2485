package org.turnout.proxy.routing;

/** What a statement is, by its words alone. Only {@link #READ} may run on the secondary. */
public enum StatementKind {
  /** No statement at all: blanks, comments, semicolons. */
  EMPTY,
  /** A query that can only read, and whose answer is the same on both sides. */
  READ,
  /** A query that is not proved to be a read. */
  QUERY,
  /** INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY. */
  WRITE,
  /** BEGIN or START TRANSACTION of any other form. */
  BEGIN,
  /**
   * BEGIN or START TRANSACTION that says READ ONLY and does not take it back, with the level READ
   * COMMITTED or none.
   */
  BEGIN_READ_ONLY,
  /** COMMIT or END, with no transaction chained to it. */
  COMMIT,
  /** ROLLBACK or ABORT of the whole transaction, with none chained to it. */
  ROLLBACK,
  /** SAVEPOINT, RELEASE, ROLLBACK TO. */
  SAVEPOINT,
  /** SET, RESET, DISCARD, PREPARE, DEALLOCATE, LISTEN, cursors: what a session keeps. */
  SESSION_STATE,
  /** CREATE, ALTER, DROP, GRANT and their like. */
  DEFINITION,
  /** More than one statement in one text. */
  SEVERAL,
  /** Everything else: SHOW, EXPLAIN, CALL, DO, EXECUTE, LOCK, what is not understood. */
  OTHER
}
