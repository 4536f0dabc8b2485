package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.side.Table;

/**
 * Who writes to the tables of a route, whichever way he came: named when a fence could not be
 * taken. Shows who and what, never the text of a statement.
 */
final class LockHolders {
  /** Everything but reading keeps an EXCLUSIVE lock away; a prepared transaction has no process. */
  private static final String HOLDERS =
      FenceTriggers.TREE
          + """
          SELECT l.pid, a.usename, a.application_name, a.state,
                 to_char(a.query_start, 'YYYY-MM-DD HH24:MI:SS.MS TZ'),
                 string_agg(DISTINCT l.relation::regclass::text, ', '), min(p.gid), a.backend_type
            FROM pg_locks l
            JOIN tree t ON t.oid = l.relation
            LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            LEFT JOIN pg_locks own
              ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
                 AND own.virtualtransaction = l.virtualtransaction
            LEFT JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
           WHERE l.granted AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.pid IS DISTINCT FROM pg_backend_pid()
           GROUP BY l.pid, a.usename, a.application_name, a.state, a.query_start, a.backend_type
           ORDER BY a.query_start
          """;

  private LockHolders() {}

  static List<Finding> of(Connection connection, List<Table> tables) throws SQLException {
    List<Finding> holders = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(HOLDERS)) {
      statement.setArray(
          1, connection.createArrayOf("text", tables.stream().map(Table::sqlName).toArray()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          holders.add(holder(row));
        }
      }
    }
    return holders;
  }

  private static Finding holder(ResultSet row) throws SQLException {
    String tables = row.getString(6);
    String gid = row.getString(7);
    int process = row.getInt(1);
    if (row.wasNull()) {
      return new Finding(
          "writer-in-the-way",
          Severity.BLOCKER,
          "prepared transaction " + gid,
          "The prepared transaction " + gid + " holds a lock on " + tables + ".",
          "COMMIT PREPARED or ROLLBACK PREPARED it.");
    }
    String user = row.getString(2);
    return new Finding(
        "writer-in-the-way",
        Severity.BLOCKER,
        "process " + process,
        (user == null ? String.valueOf(row.getString(8)) : "User " + user)
            + " (application \""
            + row.getString(3)
            + "\", process "
            + process
            + ", "
            + row.getString(4)
            + ", statement since "
            + row.getString(5)
            + ") holds a lock on "
            + tables
            + ".",
        "End its transaction; if it does not come through Turnout, stop it before the cutover.");
  }
}
