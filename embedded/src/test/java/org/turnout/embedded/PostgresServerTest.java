package org.turnout.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresServerTest {

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void eachMajorDecodesItsLogAndActsForDurableCommits(int major) throws SQLException {
    PostgresServer server = SharedPostgres.server(major);

    assertThat(query(server, "SHOW server_version")).startsWith(major + ".");
    assertThat(query(server, "SHOW wal_level")).isEqualTo("logical");
    assertThat(query(server, "SHOW synchronous_commit")).isEqualTo("on");
    assertThat(query(server, COLLATION)).isEqualTo("C.UTF-8");
  }

  private static final String COLLATION =
      "SELECT datcollate FROM pg_database WHERE datname = 'template1'";

  @Test
  void whatWasCommittedIsThereAfterKillAndRestartOnTheSamePort() throws SQLException {
    try (PostgresServer server = PostgresServer.builder(14).start()) {
      int port = server.port();
      execute(server, "CREATE TABLE t AS SELECT 42 AS answer");
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(() -> server.connect("postgres")).isInstanceOf(SQLException.class);
      server.restart();

      assertThat(server.port()).isEqualTo(port);
      assertThat(query(server, "SELECT answer FROM t")).isEqualTo("42");
      server.restart();
      assertThat(query(server, "SELECT answer FROM t")).isEqualTo("42");
    }
  }

  @Test
  void scramAsksForThePassword(@TempDir Path directory) throws SQLException {
    PostgresServer server =
        PostgresServer.builder(18)
            .authentication(PostgresServer.Authentication.SCRAM)
            .superuserPassword("correct")
            .directory(directory)
            .start();
    try (server) {
      assertThat(query(server, "SELECT 1")).isEqualTo("1");
      assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl(), "postgres", "wrong"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
    }
    assertThat(directory.resolve("data")).exists();
  }

  @Test
  void closingRemovesTheTemporaryDirectory() {
    PostgresServer server = PostgresServer.builder(18).start();
    Path directory = server.directory();
    server.close();

    assertThat(Files.exists(directory)).isFalse();
  }

  @Test
  void aServerThatCannotStartSaysWhy() {
    try (PostgresServer server = PostgresServer.builder(14).setting("no_such", "1").build()) {
      assertThatThrownBy(server::start)
          .isInstanceOf(EmbeddedException.class)
          .hasMessageContaining("no_such");
    }
  }

  @Test
  void droppingADatabaseEndsItsSlotsAndClients() throws SQLException {
    PostgresServer server = SharedPostgres.server(14);
    PostgresDatabase database = SharedPostgres.database(14);
    Connection client = database.connect();
    database.execute(
        "SELECT pg_create_logical_replication_slot('of_" + database.name() + "', 'pgoutput')");
    database.close();

    assertThat(client.isValid(10)).isFalse();
    client.close();
    assertThat(
            query(
                server,
                "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'of_"
                    + database.name()
                    + "'"))
        .isEqualTo("0");
  }

  private static String query(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void execute(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
