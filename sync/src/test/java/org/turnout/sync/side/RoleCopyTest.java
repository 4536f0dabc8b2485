package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.sync.SyncException;

/** Passwords of applications on the other side, and the rights of a role that is no superuser. */
class RoleCopyTest {
  private final PostgresServer blueServer = logging(14);
  private final PostgresServer greenServer = logging(18);
  private final PostgresDatabase blue = PostgresDatabase.create(blueServer, "shop");
  private final PostgresDatabase green = PostgresDatabase.create(greenServer, "shop");
  private final PostgresSide source = TestSides.of(Side.BLUE, blue);
  private final PostgresSide target = TestSides.of(Side.GREEN, green);

  private static PostgresServer logging(int major) {
    return PostgresServer.builder(major).setting("log_statement", "all").start();
  }

  @BeforeEach
  void makeRoles() {
    blue.execute(
        """
        CREATE ROLE fresh LOGIN PASSWORD 'a' VALID UNTIL '2099-01-01 00:00:00+00';
        CREATE ROLE changed LOGIN PASSWORD 'b' VALID UNTIL '2098-01-01 00:00:00+00';
        CREATE ROLE plain LOGIN;
        CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'c';
        """);
    green.execute(
        """
        CREATE ROLE changed LOGIN PASSWORD 'other';
        CREATE ROLE plain LOGIN PASSWORD 'its own';
        CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'its own';
        """);
  }

  @AfterEach
  void stop() {
    source.close();
    target.close();
    blueServer.close();
    greenServer.close();
  }

  @Test
  void bringsVerifiersAndTheirEndOfValidity() throws Exception {
    RoleCopy.Outcome outcome = new RoleCopy(source, target).run();

    assertThat(outcome.made()).containsExactly("fresh");
    assertThat(outcome.changed()).containsExactly("changed");
    assertThat(outcome.same()).containsExactly("plain");
    assertThat(outcome.left()).containsExactly("chief", "postgres");
    for (String role : List.of("fresh", "changed")) {
      assertThat(stored(green, role)).isEqualTo(stored(blue, role));
    }
    assertThat(stored(green, "chief")).isNotEqualTo(stored(blue, "chief"));
    assertThat(stored(green, "plain")).isNotEqualTo(stored(blue, "plain"));
  }

  @Test
  void mayBeRunAgain() throws Exception {
    new RoleCopy(source, target).run();
    RoleCopy.Outcome again = new RoleCopy(source, target).run();

    assertThat(again.made()).isEmpty();
    assertThat(again.changed()).isEmpty();
    assertThat(again.same()).containsExactly("changed", "fresh", "plain");
  }

  @Test
  void noVerifierReachesALog() throws Exception {
    new RoleCopy(source, target).run();

    assertThat(greenServer.logText())
        .contains("SET LOCAL log_statement")
        .doesNotContain("SCRAM-SHA-256$");
  }

  @Test
  void saysThatItTakesASuperuser() {
    blue.execute("CREATE ROLE limited LOGIN PASSWORD 'l'");
    try (PostgresSide limited =
        TestSides.of(Side.BLUE, blue, "limited", Optional.of(new Secret("l")))) {
      assertThatThrownBy(() -> new RoleCopy(limited, target).run())
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("Role \"limited\" is no superuser on blue");
    }
  }

  @Test
  void thePreparationGivesARoleWhatItNeeds() throws Exception {
    green.execute("CREATE ROLE limited LOGIN PASSWORD 'l'");
    try (PostgresSide limited =
        TestSides.of(Side.GREEN, green, "limited", Optional.of(new Secret("l")))) {
      List<String> statements = new Preparation(limited).statements(true);
      assertThat(statements)
          .contains(
              "ALTER ROLE \"limited\" REPLICATION;",
              "GRANT CREATE ON DATABASE \"shop\" TO \"limited\";",
              "GRANT SET ON PARAMETER session_replication_role TO \"limited\";",
              "CREATE SCHEMA IF NOT EXISTS turnout;");
      assertThat(new Preparation(limited).statements(false)).hasSize(3);

      green.execute(String.join("\n", statements));

      assertThat(new Preparation(limited).statements(true)).isEmpty();
      assertThat(new PostgresCatalogue(limited).passwordVerifier("changed").orElseThrow())
          .isEqualTo(stored(green, "changed").getFirst());
      new HelperSchema(List.of()).create(limited);
    }
    assertThat(new Preparation(target).statements(true)).isEmpty();
  }

  @Test
  void othersThanTurnoutMayNotReadVerifiersByTheFunction() throws Exception {
    green.execute("CREATE ROLE limited LOGIN PASSWORD 'l'; CREATE ROLE stranger LOGIN");
    try (PostgresSide limited =
            TestSides.of(Side.GREEN, green, "limited", Optional.of(new Secret("l")));
        PostgresSide stranger = TestSides.of(Side.GREEN, green, "stranger", Optional.empty())) {
      green.execute(String.join("\n", new Preparation(limited).statements(true)));

      assertThatThrownBy(() -> new PostgresCatalogue(stranger).passwordVerifier("changed"))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("lacks a right");
    }
  }

  private static List<String> stored(PostgresDatabase database, String role) throws Exception {
    try (Connection connection = database.connect()) {
      return Rows.of(
              connection,
              "SELECT rolpassword, rolvaliduntil AT TIME ZONE 'UTC' FROM pg_authid WHERE rolname ="
                  + " '"
                  + role
                  + "'")
          .getFirst();
    }
  }
}
