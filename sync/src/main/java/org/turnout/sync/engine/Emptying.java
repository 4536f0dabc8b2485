package org.turnout.sync.engine;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.TableSnapshots;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Processes;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/**
 * Empties the tables of green that were copied, and nothing else: all in one statement, for their
 * foreign keys, and as a replica, so that neither the fence of an earlier change of primary nor a
 * trigger of the tables stands against it.
 *
 * <p>Rule: nobody who reads there is shown empty tables. TRUNCATE shows through the snapshots of
 * transactions that run, so it is done while none does, and who runs one for too long is named. On
 * the thread of the removal.
 */
record Emptying(PostgresSide green) {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Longer than it takes an autovacuum to give way. */
  private static final String LOCK_TIMEOUT = "3s";

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /**
   * Who has a transaction open in this database, besides Turnout. Each holds the lock on its
   * virtual number, which any role may see; processes of the server itself have no user.
   */
  private static final String READERS =
      """
      SELECT DISTINCT coalesce(%s, a.usename || ' (process ' || a.pid || ')')
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'virtualxid' AND l.granted AND a.datname = current_database()
         AND a.usename IS NOT NULL
         AND NOT (a.usename = current_user AND coalesce(a.application_name, '') ~ '^turnout( |$)')
       ORDER BY 1
      """
          .formatted(Processes.NAME);

  void run() throws SyncException {
    try (Connection connection = green.control();
        Statement statement = connection.createStatement()) {
      List<String> tables = copied(connection, statement);
      if (tables.isEmpty()) {
        return;
      }
      long start = System.nanoTime();
      List<String> readers = texts(statement, READERS);
      while (!readers.isEmpty() || !emptied(connection, statement, tables)) {
        if (System.nanoTime() - start > PATIENCE.toNanos()) {
          throw inUse(readers);
        }
        statement.execute("SELECT pg_sleep(0.1)");
        readers = texts(statement, READERS);
      }
    } catch (SQLException e) {
      throw green.failure("emptying the copied tables", e);
    }
  }

  private List<String> copied(Connection connection, Statement statement) throws SQLException {
    if (texts(statement, "SELECT to_regclass('turnout.table_copy')").isEmpty()) {
      return List.of();
    }
    Set<String> copied = TableSnapshots.load(connection, green.route()).byTable().keySet();
    return Tables.load(connection).stream().map(Table::sqlName).filter(copied::contains).toList();
  }

  private static boolean emptied(Connection connection, Statement statement, List<String> tables)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      statement.execute("SET LOCAL session_replication_role = replica");
      statement.execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
      statement.execute("TRUNCATE " + String.join(", ", tables));
      connection.commit();
      return true;
    } catch (SQLException busy) {
      if (!LOCK_NOT_AVAILABLE.equals(busy.getSQLState())) {
        throw busy;
      }
      return false;
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private SyncException inUse(List<String> readers) {
    return new SyncException(
        "The copied tables of "
            + green
            + " are not emptied, because transactions there would see them empty: "
            + (readers.isEmpty() ? "new ones all the time" : String.join("; ", readers))
            + ". End them, or repeat this once they have ended.");
  }

  /** The first column of the answer, without NULL. */
  private static List<String> texts(Statement statement, String sql) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        String text = row.getString(1);
        if (text != null) {
          texts.add(text);
        }
      }
    }
    return texts;
  }
}
