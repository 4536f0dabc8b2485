package org.turnout.bench.moves;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;

/** Sessions change their backend and stay what they are; what keeps them is counted by its kind. */
class MoverTest {
  private static final Duration PAUSE = Duration.ofSeconds(30);

  @Test
  void sessionsGoOnOnAnotherBackendOfTheSameDatabase() throws Exception {
    MoveTally tally = new MoveTally();
    try (PostgresDatabase database = SharedPostgres.database(18);
        OneDatabase served = OneDatabase.open(route(database));
        Connection client = connect(served, database)) {
      run(client, "CREATE TABLE made (a int)");
      run(client, "SET work_mem = '7MB'");
      String before = ask(client, "SELECT pg_backend_pid()");

      new Mover(served.traffic(), PAUSE, tally).move();

      assertThat(ask(client, "SELECT pg_backend_pid()")).isNotEqualTo(before);
      assertThat(ask(client, "SHOW work_mem")).isEqualTo("7MB");
      assertThat(ask(client, "SELECT count(*) FROM made")).isEqualTo("0");
      assertThat(tally.lines()).contains("moves 1", "sessions 1");
    }
  }

  @Test
  void whatCannotBeMovedIsCountedByItsKindAndServedOn() throws Exception {
    MoveTally tally = new MoveTally();
    try (PostgresDatabase database = SharedPostgres.database(18);
        OneDatabase served = OneDatabase.open(route(database));
        Connection client = connect(served, database)) {
      Mover mover = new Mover(served.traffic(), PAUSE, tally);
      run(client, "CREATE TEMP TABLE mine (a int)");

      mover.move();

      assertThat(ask(client, "SELECT count(*) FROM mine")).isEqualTo("0");
      run(client, "DROP TABLE mine");
      mover.move();
      assertThat(tally.lines()).contains("refused 1 temporary table", "moves 1");
    }
  }

  @Test
  void aSessionInATransactionKeepsAllWhereTheyAre() throws Exception {
    MoveTally tally = new MoveTally();
    try (PostgresDatabase database = SharedPostgres.database(18);
        OneDatabase served = OneDatabase.open(route(database));
        Connection client = connect(served, database)) {
      client.setAutoCommit(false);
      String before = ask(client, "SELECT pg_backend_pid()");

      new Mover(served.traffic(), Duration.ofMillis(50), tally).move();

      assertThat(ask(client, "SELECT pg_backend_pid()")).isEqualTo(before);
      assertThat(tally.lines()).contains("moves 0", "late 1 a session was away from its boundary");
    }
  }

  @Test
  void aSessionThatIsNotLetInAgainKeepsAllWhereTheyAre() throws Exception {
    MoveTally tally = new MoveTally();
    try (PostgresDatabase database = SharedPostgres.database(18);
        OneDatabase served = OneDatabase.open(route(database))) {
      database.execute("CREATE ROLE gone_role LOGIN");
      Mover mover = new Mover(served.traffic(), PAUSE, tally);
      try (Connection client = connect(served, database, "gone_role")) {
        String before = ask(client, "SELECT pg_backend_pid()");
        database.execute("DROP ROLE gone_role");

        mover.move();

        assertThat(ask(client, "SELECT pg_backend_pid()")).isEqualTo(before);
        assertThat(tally.lines())
            .contains("moves 0", "late 1 a session had no connection to the other side");
      }
    }
  }

  private static RouteConfig route(PostgresDatabase database) {
    SideConfig side =
        new SideConfig(
            new HostPort(database.server().host(), database.server().port()),
            database.name(),
            "postgres",
            Optional.empty());
    return new RouteConfig(
        new RouteName("test"),
        new HostPort("127.0.0.1", 0),
        Protocol.POSTGRES,
        side,
        side,
        new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
        SyncConfig.DEFAULT,
        CutoverConfig.DEFAULT);
  }

  private static Connection connect(OneDatabase served, PostgresDatabase database)
      throws SQLException {
    return connect(served, database, "postgres");
  }

  private static Connection connect(OneDatabase served, PostgresDatabase database, String role)
      throws SQLException {
    int port = served.traffic().address().orElseThrow().getPort();
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database.name() + "?user=" + role);
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
