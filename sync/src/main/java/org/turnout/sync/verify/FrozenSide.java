package org.turnout.sync.verify;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * Several connections to one side that all see one snapshot: {@link #begin}, {@link #freeze}, any
 * number of {@link #read}s from any threads, {@link #end}. The other calls are for one thread.
 * After a failure it can only be {@link #abort}ed.
 *
 * <p>The tables are locked in ACCESS SHARE mode before the snapshot is taken: a TRUNCATE or a
 * rewriting ALTER TABLE committed after a snapshot would show through it.
 */
final class FrozenSide implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FrozenSide.class);
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 20;

  /** SQLSTATE lock_not_available. */
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /**
   * What the text of a value depends on, the same on every server; no parallel or compiled plans.
   */
  private static final String SETTINGS =
      """
      SET TimeZone = 'UTC';
      SET DateStyle = 'ISO, MDY';
      SET IntervalStyle = 'postgres';
      SET extra_float_digits = 3;
      SET bytea_output = 'hex';
      SET lc_monetary = 'C';
      SET lc_numeric = 'C';
      SET xmloption = 'content';
      SET search_path = 'pg_catalog';
      SET quote_all_identifiers = off;
      SET row_security = off;
      SET max_parallel_workers_per_gather = 0;
      SET jit = off;
      SET work_mem = '32MB'
      """;

  private final PostgresSide side;
  private final int major;
  private final List<Connection> connections;
  private final BlockingQueue<Connection> idle;

  private FrozenSide(PostgresSide side, int major, List<Connection> connections) {
    this.side = side;
    this.major = major;
    this.connections = List.copyOf(connections);
    this.idle = new ArrayBlockingQueue<>(connections.size(), false, connections);
  }

  /** Opens the connections and pins their settings. */
  static FrozenSide open(PostgresSide side, int workers) throws SyncException {
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < workers; i++) {
        Connection connection = side.dedicated("verification");
        connections.add(connection);
        pin(connection);
      }
      return new FrozenSide(
          side, PostgresSide.serverVersion(connections.getFirst()) / 10_000, connections);
    } catch (SQLException e) {
      connections.forEach(FrozenSide::closeLogged);
      throw side.failure("preparing a comparison", e);
    } catch (SyncException e) {
      connections.forEach(FrozenSide::closeLogged);
      throw e;
    }
  }

  private static void pin(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SETTINGS);
    }
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
  }

  int major() {
    return major;
  }

  int workers() {
    return connections.size();
  }

  /** The server's processes behind the connections. */
  List<Integer> processes() throws SyncException {
    List<Integer> processes = new ArrayList<>();
    try {
      for (Connection connection : connections) {
        processes.add(connection.unwrap(PGConnection.class).getBackendPID());
      }
    } catch (SQLException e) {
      throw side.failure("preparing a comparison", e);
    }
    return processes;
  }

  /** Whether every connection still answers. */
  boolean alive() throws SyncException {
    try {
      for (Connection connection : connections) {
        if (!connection.isValid(2)) {
          return false;
        }
        connection.rollback();
      }
      return true;
    } catch (SQLException e) {
      throw side.failure("preparing a comparison", e);
    }
  }

  /**
   * Begins, locking the tables against those who would make them look empty; may wait for them.
   * Every connection locks for itself, now: later, one could queue behind a TRUNCATE that waits for
   * another of them, and nobody would ever go on.
   */
  void begin(List<Table> tables) throws SyncException {
    if (tables.isEmpty()) {
      return;
    }
    try {
      for (int attempt = 1; !lock(tables, attempt == ATTEMPTS); attempt++) {
        rollback();
      }
    } catch (SQLException e) {
      throw side.failure("locking tables against TRUNCATE for a comparison", e);
    }
  }

  /** Whether all could be locked; if not, someone waits for the first connection's locks. */
  private boolean lock(List<Table> tables, boolean last) throws SQLException {
    String lock =
        tables.stream()
            .map(table -> (table.partitioned() ? "" : "ONLY ") + table.sqlName())
            .collect(Collectors.joining(", ", "LOCK TABLE ", " IN ACCESS SHARE MODE"));
    try (Statement statement = connections.getFirst().createStatement()) {
      statement.execute("SET LOCAL lock_timeout = " + LOCK_TIMEOUT.toMillis());
      statement.execute(lock);
    }
    for (Connection connection : connections.subList(1, connections.size())) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(lock + " NOWAIT");
      } catch (SQLException e) {
        if (last || !LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
          throw e;
        }
        return false;
      }
    }
    return true;
  }

  /** Takes the snapshot that all reads see from here on, and gives it to all connections. */
  SourceSnapshot freeze() throws SyncException {
    try (Statement first = connections.getFirst().createStatement();
        ResultSet row =
            first.executeQuery(
                "SELECT pg_export_snapshot(), txid_current_snapshot()::text,"
                    + " (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")) {
      row.next();
      String exported = row.getString(1);
      SourceSnapshot snapshot = new SourceSnapshot(row.getString(2), row.getLong(3));
      for (Connection connection : connections.subList(1, connections.size())) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("SET TRANSACTION SNAPSHOT '" + exported + "'");
        }
      }
      return snapshot;
    } catch (SQLException e) {
      throw side.failure("taking a snapshot", e);
    }
  }

  /** Reads with one of the connections, waiting for a free one. */
  <T> T read(String doing, Reading<T> reading) throws SyncException, InterruptedException {
    Connection connection = idle.take();
    try {
      return reading.read(connection);
    } catch (SQLException e) {
      throw side.failure(doing, e);
    } finally {
      idle.add(connection);
    }
  }

  /** Gives snapshot and locks back. */
  void end() throws SyncException {
    try {
      rollback();
    } catch (SQLException e) {
      throw side.failure("ending a comparison", e);
    }
  }

  private void rollback() throws SQLException {
    for (Connection connection : connections) {
      connection.rollback();
    }
  }

  /** Ends what runs on the server, then the connections. */
  void abort() {
    for (Connection connection : connections) {
      try {
        connection.unwrap(PGConnection.class).cancelQuery();
      } catch (SQLException e) {
        log.debug("cancelling a comparison on {}: {}", side, e.getMessage());
      }
    }
    close();
  }

  @Override
  public void close() {
    connections.forEach(FrozenSide::closeLogged);
  }

  private static void closeLogged(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      log.debug("closing a connection of a comparison: {}", e.getMessage());
    }
  }

  /** What is read from one connection. */
  @FunctionalInterface
  interface Reading<T> {
    T read(Connection connection) throws SQLException;
  }
}
