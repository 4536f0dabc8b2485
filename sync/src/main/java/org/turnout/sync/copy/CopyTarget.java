package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/** The target's sessions of a copy, and the beginning of an attempt on it. */
final class CopyTarget {
  private CopyTarget() {}

  /**
   * A session that fires no trigger and checks no foreign key. Rows are committed without waiting
   * for the disk; what must be durable says so itself.
   */
  static Connection open(PostgresSide target) throws SyncException {
    Connection connection = target.dedicated("copy");
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = off");
      try {
        statement.execute("SET session_replication_role = replica");
      } catch (SQLException e) {
        if (!"42501".equals(Failures.state(e)) || hasTriggers(statement)) {
          throw e;
        }
      }
      return connection;
    } catch (SQLException e) {
      SyncException failure =
          target.failure("opening a session that does not fire the triggers of the tables", e);
      try {
        connection.close();
      } catch (SQLException closing) {
        failure.addSuppressed(closing);
      }
      throw failure;
    }
  }

  /** Foreign keys are triggers too. */
  private static boolean hasTriggers(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            """
            SELECT EXISTS (SELECT 1 FROM pg_trigger t
                             JOIN pg_class c ON c.oid = t.tgrelid
                             JOIN pg_namespace n ON n.oid = c.relnamespace
                            WHERE n.nspname <> 'turnout' AND n.nspname !~ '^pg_'
                              AND t.tgenabled IN ('O', 'A'))
            """)) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /**
   * In one durable transaction: takes back what an earlier attempt wrote to the tables, and records
   * the snapshot of this one.
   *
   * @throws SyncException when a table holds rows that no attempt of Turnout wrote
   */
  static void begin(
      PostgresSide target, List<Table> tables, TableSnapshots record, SnapshotHolder holder)
      throws SyncException {
    try (Connection connection = open(target);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET LOCAL synchronous_commit = on");
      for (Table table : tables) {
        if (isFilled(statement, table)) {
          if (!record.byTable().containsKey(table.sqlName())) {
            throw new SyncException(
                target.side().word()
                    + ": table "
                    + table.displayName()
                    + " holds rows that Turnout did not write. Empty it, if they are not needed.");
          }
          empty(statement, table);
        }
        record(connection, target, table, holder);
      }
      connection.commit();
    } catch (SQLException e) {
      throw target.failure("emptying tables for their copy", e);
    }
  }

  private static boolean isFilled(Statement statement, Table table) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT EXISTS (SELECT 1 FROM " + from(table) + ")")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** A table to which a foreign key leads cannot be truncated alone; its rows can be deleted. */
  private static void empty(Statement statement, Table table) throws SQLException {
    boolean referenced;
    try (ResultSet row =
        statement.executeQuery(
            "SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = "
                + statement.enquoteLiteral(table.sqlName())
                + "::regclass AND conrelid <> confrelid)")) {
      row.next();
      referenced = row.getBoolean(1);
    }
    statement.execute((referenced ? "DELETE FROM " : "TRUNCATE TABLE ") + from(table));
  }

  /** A table that others inherit from is moved without them; a partitioned one with all. */
  private static String from(Table table) {
    return (table.partitioned() ? "" : "ONLY ") + table.sqlName();
  }

  private static void record(
      Connection connection, PostgresSide target, Table table, SnapshotHolder holder)
      throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO turnout.table_copy (route, table_name, snapshot, position)
            VALUES (?, ?, ?, ?::pg_lsn)
            ON CONFLICT (route, table_name) DO UPDATE
               SET snapshot = excluded.snapshot, position = excluded.position,
                   done = false, rows = 0, bytes = 0
            """)) {
      upsert.setString(1, target.route().value());
      upsert.setString(2, table.sqlName());
      upsert.setString(3, holder.snapshot());
      upsert.setString(4, holder.position());
      upsert.executeUpdate();
    }
  }
}
