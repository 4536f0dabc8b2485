package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Connections that change the authority over a database: their commits wait for the disk whatever
 * the server's default says, and none of their calls can hang for longer than {@link #PATIENCE}.
 * They are known by their application name, so that what a dead process left open can be ended.
 */
final class SwitchConnection {
  /** How long one call may take, a commit that waits for a standby included. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final String END_STALE =
      """
      DO $do$
      DECLARE name text := %s;
      BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = name AND datname = current_database()
            AND usename = current_user AND pid <> pg_backend_pid();
        FOR i IN 1..100 LOOP
          PERFORM pg_stat_clear_snapshot();
          EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity
            WHERE application_name = name AND datname = current_database()
              AND usename = current_user AND pid <> pg_backend_pid());
          PERFORM pg_sleep(0.01);
        END LOOP;
        IF EXISTS (SELECT FROM pg_stat_activity
            WHERE application_name = name AND datname = current_database()
              AND usename = current_user AND pid <> pg_backend_pid()) THEN
          RAISE EXCEPTION 'what an attempt left behind does not end: %%', name;
        END IF;
      END $do$
      """;

  private SwitchConnection() {}

  /** How the server's activity view names these connections. */
  static String name(PostgresSide side) {
    return "turnout " + purpose(side);
  }

  private static String purpose(PostgresSide side) {
    return "switch " + side.route();
  }

  /** A connection in autocommit. */
  static Connection open(PostgresSide side) throws SyncException {
    Connection connection = side.dedicated(purpose(side));
    try {
      patience(connection, PATIENCE);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET synchronous_commit = on");
        statement.execute("SET statement_timeout = " + PATIENCE.toMillis());
      }
      return connection;
    } catch (SQLException e) {
      quietly(connection);
      throw side.failure("preparing a connection", e);
    }
  }

  /** How long a call on this connection may wait for its answer. */
  static void patience(Connection connection, Duration limit) throws SQLException {
    // Nothing left is a millisecond: zero would mean for ever.
    connection.setNetworkTimeout(Runnable::run, Math.toIntExact(Math.max(1, limit.toMillis())));
  }

  /**
   * Ends connections of this kind that a process before this one left behind: with them go the
   * locks they hold and decisions they may still be about to make. Fails when one does not end.
   */
  static void endStale(Connection connection, PostgresSide side) throws SQLException {
    try (PreparedStatement quote = connection.prepareStatement("SELECT quote_literal(?)");
        Statement statement = connection.createStatement()) {
      quote.setString(1, name(side));
      try (ResultSet row = quote.executeQuery()) {
        row.next();
        statement.execute(END_STALE.formatted(row.getString(1)));
      }
    }
  }

  /** Closes a connection of which nothing is expected any more. */
  static void quietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // The server ends it by itself.
      org.slf4j.LoggerFactory.getLogger(SwitchConnection.class).debug("closing", e);
    }
  }
}
