package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.admin.cli.Terminal;
import org.turnout.admin.cli.TurnoutCommandLine;
import org.turnout.config.ConfigLoader;
import org.turnout.embedded.PostgresServer;
import org.turnout.sync.side.UnixSocketFactory;

/** A migration in which nothing goes over the network: clients, sides, copy and stream. */
class UnixMigrationTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  @Test
  void goesOverUnixSocketsAlone() throws Exception {
    try (PostgresServer blue = server(14);
        PostgresServer green = server(18)) {
      execute(blue, "CREATE TABLE item (id int PRIMARY KEY, name text)");
      execute(blue, "INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 1000) i");
      execute(green, "CREATE TABLE item (id int PRIMARY KEY, name text)");
      try (RunningTurnout turnout =
              RunningTurnout.start(ConfigLoader.load(configuration(blue, green)));
          Connection client = DriverManager.getConnection(url(6432))) {
        succeed(turnout, "sync");
        assertThat(ask(client, "INSERT INTO item VALUES (1001, 'new') RETURNING name"))
            .isEqualTo("new");
        succeed(turnout, "verify");
        succeed(turnout, "reads", "100");
        assertThat(ask(client, "SELECT count(*) FROM item")).isEqualTo("1001");

        succeed(turnout, "cutover", "--max-pause", "10s");

        assertThat(ask(client, "SHOW server_version_num")).startsWith("18");
        assertThat(ask(client, "SELECT count(*) FROM item")).isEqualTo("1001");
        isCancelled(client);
        succeed(turnout, "verify");
        succeed(turnout, "rollback", "--max-pause", "10s");
        assertThat(ask(client, "SHOW server_version_num")).startsWith("14");
      }
    }
  }

  /** The limit of the driver, which asks for a cancel on another connection. */
  private static void isCancelled(Connection client) throws SQLException {
    try (Statement slow = client.createStatement()) {
      slow.setQueryTimeout(1);
      assertThatThrownBy(() -> slow.execute("SELECT pg_sleep(300)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    }
  }

  /** Whom the network does not reach. */
  private PostgresServer server(int major) {
    return PostgresServer.builder(major)
        .setting("unix_socket_directories", directory.toString())
        .accessRules("local all all trust", "local replication all trust")
        .start();
  }

  private void execute(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(server.port()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String url(int port) {
    return "jdbc:postgresql://127.0.0.1/postgres?user=postgres&sslmode=disable&socketFactory=%s&socketFactoryArg=%s"
        .formatted(UnixSocketFactory.class.getName(), directory.resolve(".s.PGSQL." + port));
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private void succeed(RunningTurnout turnout, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--admin", "http://" + turnout.admin()));
    int status =
        TurnoutCommandLine.run(
            new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false),
            List.of(),
            all.toArray(String[]::new));
    assertThat(status).as("turnout %s: %s%s", String.join(" ", words), out, err).isZero();
  }

  private Path configuration(PostgresServer blue, PostgresServer green) throws Exception {
    return Files.writeString(
        directory.resolve("turnout.yaml"),
        """
        admin: 127.0.0.1:0
        routes:
          shop:
            listen: "unix:%1$s/.s.PGSQL.6432"
            blue: { url: "postgresql://postgres@/postgres?host=%1$s&port=%2$d&sslmode=require" }
            green: { url: "postgresql://postgres@/postgres?host=%1$s&port=%3$d" }
            authentication: trust
        """
            .formatted(directory, blue.port(), green.port()));
  }
}
