package org.turnout.sync.apply;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.Tuple;
import org.turnout.sync.SyncException;

/**
 * A batch's changes of one table that wait in memory as their net effect. Confined to the applier's
 * thread.
 */
sealed interface PendingChanges permits TableChanges, KeylessChanges {
  Followed followed();

  /** Whether nothing waits. */
  boolean isEmpty();

  void insert(Tuple row);

  void update(PgOutputMessage.@Nullable OldRow old, Tuple row) throws SQLException, SyncException;

  void delete(PgOutputMessage.OldRow old) throws SyncException;

  /**
   * Writes what was collected and forgets it.
   *
   * @return rows that should have been on the target and were not: someone else wrote there
   */
  int flush() throws SQLException, SyncException;

  /** Releases the statements. */
  void close() throws SQLException;
}
