package org.turnout.bench.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One connection of a client: every round trip is counted and timed here. Starts in autocommit.
 * Used by its client's thread only.
 */
final class Session implements AutoCloseable {
  private final Connection connection;
  private final Tally tally;
  private final Latencies latencies;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  Session(Connection connection, Tally tally, Latencies latencies) {
    this.connection = connection;
    this.tally = tally;
    this.latencies = latencies;
  }

  /** Reads what a client needs from a row. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws SQLException;
  }

  /**
   * The first row of a query, read.
   *
   * @throws MissingRowException when there is none
   */
  <T> T one(String sql, RowReader<T> reader, Object... arguments) throws SQLException {
    PreparedStatement statement = prepare(sql, arguments);
    return timed(
        () -> {
          try (ResultSet rows = statement.executeQuery()) {
            if (!rows.next()) {
              throw new MissingRowException(sql);
            }
            return reader.read(rows);
          }
        });
  }

  /** Runs a writing statement; the number of rows it touched. */
  int update(String sql, Object... arguments) throws SQLException {
    PreparedStatement statement = prepare(sql, arguments);
    return timed(statement::executeUpdate);
  }

  /** Runs a statement once for each list of arguments, in one pipeline. */
  void batch(String sql, List<Object[]> rows) throws SQLException {
    PreparedStatement statement = prepare(sql);
    for (Object[] row : rows) {
      bind(statement, row);
      statement.addBatch();
    }
    timed(statement::executeBatch);
  }

  /** Runs text as it is, by the simple protocol where the driver does so. */
  void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      timed(() -> statement.execute(sql));
    }
  }

  void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  void beginReadOnly() throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
  }

  void commit() throws SQLException {
    timed(
        () -> {
          connection.commit();
          return true;
        });
    connection.setAutoCommit(true);
    connection.setReadOnly(false);
  }

  void rollback() throws SQLException {
    timed(
        () -> {
          connection.rollback();
          return true;
        });
    connection.setAutoCommit(true);
    connection.setReadOnly(false);
  }

  Connection connection() {
    return connection;
  }

  private PreparedStatement prepare(String sql, Object... arguments) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    bind(statement, arguments);
    return statement;
  }

  private static void bind(PreparedStatement statement, Object... arguments) throws SQLException {
    for (int i = 0; i < arguments.length; i++) {
      statement.setObject(i + 1, arguments[i]);
    }
  }

  private <T> T timed(Request<T> request) throws SQLException {
    tally.request();
    long start = System.nanoTime();
    try {
      return request.send();
    } finally {
      // A request that fails has kept its client waiting too, often the longest.
      latencies.record(System.nanoTime() - start);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** A row that must be there is not. */
  static final class MissingRowException extends SQLException {
    private static final long serialVersionUID = 1;

    MissingRowException(String sql) {
      super("no row: " + sql, "02000");
    }
  }
}
