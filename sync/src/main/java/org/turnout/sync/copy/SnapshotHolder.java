package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Processes;

/**
 * Holds a snapshot of the source open so that all workers of a copy read the same state. Before it
 * takes the snapshot it waits until every transaction that was running has ended: one that
 * committed in the log before the slot's first change, and was not visible yet, would be neither in
 * the snapshot nor in the stream. Confined to the copy's thread; {@link #alive} is for any.
 */
final class SnapshotHolder implements AutoCloseable {
  private static final int POLL_MILLIS = 20;

  /** After how many looks, and then again, it is told who is waited for. */
  private static final int POLLS_BETWEEN_WORDS = 25;

  /** Whose transactions are older than one of our own, that one included; parameter: the own. */
  private static final String OLDER =
      """
      WITH own (age) AS (SELECT age(?::xid8::xid))
      SELECT %s FROM pg_stat_activity a, own
       WHERE age(a.backend_xid) > own.age
       UNION ALL
      SELECT 'the prepared transaction ' || p.gid || ' in ' || p.database
        FROM pg_prepared_xacts p, own
       WHERE age(p.transaction) > own.age
      """
          .formatted(Processes.NAME);

  private final Connection connection;
  private final String name;
  private final String snapshot;
  private final String position;

  private SnapshotHolder(Connection connection, String name, String snapshot, String position) {
    this.connection = connection;
    this.name = name;
    this.snapshot = snapshot;
    this.position = position;
  }

  /**
   * Waits for running transactions, then takes the snapshot. The slot must exist before.
   *
   * @param progress is told whom it waits for
   */
  static SnapshotHolder open(PostgresSide source, CopyProgress progress)
      throws SyncException, InterruptedException {
    Connection connection = source.dedicated("copy snapshot");
    try {
      awaitRunning(connection, progress);
      return open(connection);
    } catch (SQLException e) {
      SyncException failure = source.failure("taking the copy's snapshot", e);
      close(connection, failure);
      throw failure;
    } catch (InterruptedException e) {
      close(connection, e);
      throw e;
    }
  }

  private static SnapshotHolder open(Connection connection) throws SQLException {
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_export_snapshot(), pg_current_snapshot()::text,"
                    + " pg_current_wal_insert_lsn()::text")) {
      row.next();
      return new SnapshotHolder(connection, row.getString(1), row.getString(2), row.getString(3));
    }
  }

  /**
   * Takes a transaction id of its own, which is newer than that of every running transaction (the
   * upper end of a snapshot is not: it follows what has ended), and waits until none older runs.
   * The server has no call that waits for the end of a transaction of unknown session.
   */
  private static void awaitRunning(Connection connection, CopyProgress progress)
      throws SQLException, InterruptedException {
    String newest;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
      row.next();
      newest = row.getString(1);
    }
    try (PreparedStatement ended =
        connection.prepareStatement("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= ?::xid8")) {
      ended.setString(1, newest);
      for (int polls = 1; !isTrue(ended); polls++) {
        if (polls % POLLS_BETWEEN_WORDS == 0) {
          progress.waits(
              "The copy waits for transactions that run on the source: "
                  + String.join("; ", older(connection, newest)));
        }
        Thread.sleep(POLL_MILLIS);
      }
    } finally {
      progress.goesOn();
    }
  }

  private static List<String> older(Connection connection, String own) throws SQLException {
    List<String> older = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(OLDER)) {
      statement.setString(1, own);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          older.add(row.getString(1));
        }
      }
    }
    return older;
  }

  private static boolean isTrue(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** For questions about the state that the snapshot sees. */
  Connection connection() {
    return connection;
  }

  /** What {@code SET TRANSACTION SNAPSHOT} takes. */
  String name() {
    return name;
  }

  /** Text of {@code pg_current_snapshot()}. */
  String snapshot() {
    return snapshot;
  }

  /** Log position read after the snapshot was taken. */
  String position() {
    return position;
  }

  /** Whether the snapshot can still be imported. */
  boolean alive() {
    try {
      return connection.isValid(5);
    } catch (SQLException e) {
      throw new IllegalArgumentException(e); // only for a negative timeout
    }
  }

  @Override
  public void close() throws SyncException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new SyncException("The snapshot of the copy could not be released", e);
    }
  }

  private static void close(Connection connection, Exception failure) {
    try {
      connection.close();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }
}
