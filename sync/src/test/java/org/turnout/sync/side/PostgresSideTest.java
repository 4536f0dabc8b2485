package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.HostPort;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SocketFile;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.PostgresServer.Authentication;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SyncException;

class PostgresSideTest {
  private final PostgresDatabase database =
      SharedPostgres.database(SharedPostgres.server(14, Authentication.SCRAM));

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void sessionsStandInUtcAndSeeOnlyTheCatalogue() throws Exception {
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection control = side.control();
        Connection dedicated = side.dedicated("copy");
        Connection replication = side.replication()) {
      for (Connection connection : List.of(control, dedicated, replication)) {
        assertThat(shown(connection, "TimeZone")).isEqualTo("UTC");
        assertThat(shown(connection, "search_path")).isEqualTo("pg_catalog");
        assertThat(shown(connection, "row_security")).isEqualTo("off");
        assertThat(connection.getAutoCommit()).isTrue();
      }
      assertThat(shown(dedicated, "application_name")).isEqualTo("turnout copy");
      assertThat(side.serverVersion()).isBetween(140000, 149999);
    }
  }

  /** The text of a value must not depend on what a database or a role has set. */
  @Test
  void sessionsWriteAndReadValuesAlikeWhateverTheDatabaseSays() throws Exception {
    database.execute(
        "ALTER DATABASE %1$s SET lc_monetary = 'POSIX'; ALTER DATABASE %1$s SET xmloption = document"
            .formatted(database.name()));
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection control = side.control();
        Connection dedicated = side.dedicated("apply");
        Connection replication = side.replication()) {
      for (Connection connection : List.of(control, dedicated, replication)) {
        assertThat(shown(connection, "lc_monetary")).isEqualTo("C");
        assertThat(shown(connection, "xmloption")).isEqualTo("content");
      }
    }
  }

  @Test
  void replicationConnectionTakesReplicationCommands() throws Exception {
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection connection = side.replication();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
      assertThat(row.next()).isTrue();
    }
  }

  @Test
  void wrongPasswordNamesSideRoleDatabaseAndNeverThePassword() {
    SyncException failure =
        refusal(PostgresServer.SUPERUSER, "not the password", database.name(), port());

    assertThat(failure)
        .hasMessageContaining("blue")
        .hasMessageContaining("password of role \"postgres\"")
        .hasMessageContaining("127.0.0.1:" + port())
        .hasMessageContaining(database.name());
    assertThat(failure.getMessage()).doesNotContain("not the password");
    assertThat(Failures.isTransient(failure)).isFalse();
  }

  @Test
  void missingDatabaseIsNamed() {
    assertThat(refusal("postgres", database.server().superuserPassword(), "no such", port()))
        .hasMessageContaining("there is no database \"no such\"");
  }

  @Test
  void unreachableServerMayComeBackByItself() {
    SyncException failure = refusal("postgres", "secret", "shop", 1);

    assertThat(failure).hasMessageContaining("no connection to the server at 127.0.0.1:1");
    assertThat(Failures.isTransient(failure)).isTrue();
  }

  @Test
  void aSocketThatIsNotThereMayComeBackByItself() {
    SyncException failure =
        refusal(
            new SideConfig(
                new SocketFile(Path.of("/no such directory"), 5432),
                "shop",
                "postgres",
                Optional.empty()));

    assertThat(failure)
        .hasMessageContaining(
            "no connection to the server at unix:/no such directory/.s.PGSQL.5432")
        .hasMessageContaining("unix_socket_directories")
        .hasMessageContaining("It says: /no such directory/.s.PGSQL.5432: ");
    assertThat(Failures.isTransient(failure)).isTrue();
  }

  @Test
  void missingRightIsNamedWithWhatWasBeingDone() throws Exception {
    database.execute("CREATE ROLE " + role() + " LOGIN PASSWORD 'secret'");
    try (PostgresSide side =
        TestSides.of(Side.GREEN, database, role(), Optional.of(new Secret("secret")))) {
      assertThatThrownBy(() -> new HelperSchema(List.of()).create(side))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("green: role \"" + role() + "\" lacks a right")
          .hasMessageContaining("creating the schema turnout");
    } finally {
      database.execute("DROP ROLE " + role());
    }
  }

  @Test
  void helperSchemaGoesWithItsLastRouteAndLeavesNothing() throws Exception {
    HelperSchema schema = new HelperSchema(ReplicaIdentity.TABLES);
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection connection = side.control()) {
      schema.create(side);
      schema.create(side);
      database.execute("INSERT INTO turnout.route VALUES ('other')");
      database.execute("INSERT INTO turnout.stream VALUES ('shop', 0, 's', '0/1')");

      HelperSchema.remove(side);
      assertThat(HelperSchema.present(connection)).isTrue();
      assertThat(count(connection, "turnout.stream")).isZero();

      database.execute("DELETE FROM turnout.route");
      HelperSchema.remove(side);
      HelperSchema.remove(side);
      assertThat(HelperSchema.present(connection)).isFalse();
    }
  }

  @Test
  void schemaOfSomeoneElseIsLeftAlone() throws Exception {
    database.execute("CREATE SCHEMA turnout; CREATE TABLE turnout.trains (id int)");
    try (PostgresSide side = TestSides.of(Side.BLUE, database)) {
      assertThatThrownBy(() -> new HelperSchema(List.of()).create(side))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("that this Turnout did not make");
      assertThatThrownBy(() -> HelperSchema.remove(side)).isInstanceOf(SyncException.class);
    }
  }

  @Test
  void schemaThatAnAdministratorMadeForTheVerifiersStays() throws Exception {
    database.execute(
        "CREATE SCHEMA turnout; CREATE FUNCTION turnout.password_verifier(text) RETURNS text"
            + " LANGUAGE sql AS 'SELECT NULL::text'");
    HelperSchema schema =
        new HelperSchema(
            List.of(
                "CREATE OR REPLACE FUNCTION turnout.own() RETURNS int LANGUAGE sql AS 'SELECT 1'"));
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection connection = side.control()) {
      schema.create(side);
      schema.create(side);
      assertThat(HelperSchema.present(connection)).isTrue();

      HelperSchema.remove(side);
      assertThat(HelperSchema.present(connection)).isFalse();
      assertThat(
              Rows.of(
                  connection,
                  "SELECT proname FROM pg_proc WHERE pronamespace = 'turnout'::regnamespace"))
          .containsExactly(List.of("password_verifier"));
    }
  }

  @Test
  void limitsOfTheRoleDoNotApply() throws Exception {
    database.execute(
        "ALTER DATABASE "
            + database.name()
            + " SET idle_session_timeout = '1h';"
            + "ALTER DATABASE "
            + database.name()
            + " SET statement_timeout = '1h'");
    try (PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection control = side.control();
        Connection replication = side.replication()) {
      for (Connection connection : List.of(control, replication)) {
        assertThat(shown(connection, "idle_session_timeout")).isEqualTo("0");
        assertThat(shown(connection, "statement_timeout")).isEqualTo("0");
      }
    }
  }

  private int port() {
    return database.server().port();
  }

  private String role() {
    return "role_" + database.name();
  }

  private static SyncException refusal(String role, String password, String database, int port) {
    return refusal(
        new SideConfig(
            new HostPort("127.0.0.1", port), database, role, Optional.of(new Secret(password))));
  }

  private static SyncException refusal(SideConfig config) {
    try (PostgresSide side = new PostgresSide(TestSides.ROUTE, Side.BLUE, config);
        Connection connection = side.control()) {
      throw new AssertionError("connected: " + connection);
    } catch (SyncException e) {
      return e;
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static String shown(Connection connection, String setting) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + setting)) {
      row.next();
      return row.getString(1);
    }
  }

  private static long count(Connection connection, String table) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }
}
