package org.turnout.embedded;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** One database on an embedded server; closing it drops it with its slots and ends its clients. */
public record PostgresDatabase(PostgresServer server, String name) implements AutoCloseable {

  /** Makes an empty database; the name is a plain lower-case identifier. */
  public static PostgresDatabase create(PostgresServer server, String name) {
    PostgresDatabase database = new PostgresDatabase(server, name);
    database.administer("CREATE DATABASE " + name);
    return database;
  }

  public String jdbcUrl() {
    return server.jdbcUrl(name);
  }

  /** A new connection to this database as the superuser, in autocommit. */
  public Connection connect() throws SQLException {
    return server.connect(name);
  }

  /** Runs statements on a connection of their own, in one implicit transaction. */
  public void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new EmbeddedException("in " + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (!server.isRunning()) {
      return;
    }
    administer("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
    endClients();
    administer(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '"
            + name
            + "'");
    administer("DROP DATABASE " + name);
  }

  /** An ended client still holds its slot until its process is gone. */
  private void endClients() {
    List<ProcessHandle> clients = new ArrayList<>();
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                    + name
                    + "'")) {
      while (rows.next()) {
        ProcessHandle.of(rows.getLong(1)).ifPresent(clients::add);
      }
    } catch (SQLException e) {
      throw new EmbeddedException("database " + name + ": " + e.getMessage(), e);
    }
    clients.forEach(client -> client.onExit().join());
  }

  private void administer(String sql) {
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new EmbeddedException("database " + name + ": " + e.getMessage(), e);
    }
  }
}
