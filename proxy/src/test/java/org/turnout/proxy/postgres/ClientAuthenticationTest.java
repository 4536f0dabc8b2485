package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.Secret;

/** Clients prove themselves to Turnout, and their proof opens servers that ask for a password. */
class ClientAuthenticationTest {
  private static final String ROLE = "proving_role";

  private Proxied proxied;

  @AfterEach
  void stop() throws Exception {
    proxied.blue.execute("DROP ROLE " + ROLE);
    proxied.green.execute("DROP ROLE " + ROLE);
    proxied.close();
  }

  private void start(AuthenticationConfig.Method method, Map<String, Secret> users)
      throws Exception {
    proxied = Proxied.asking(new Proxied.RoutesAuthentication(method, users));
    proxied.blue.execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD 'right'");
    String verifier;
    try (Connection blue = proxied.blue.connect();
        Statement statement = blue.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT rolpassword FROM pg_authid WHERE rolname = '" + ROLE + "'")) {
      rows.next();
      verifier = rows.getString(1);
    }
    proxied.green.execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD '" + verifier + "'");
  }

  @Test
  void theProofOfAClientOpensBothSides() throws Exception {
    start(AuthenticationConfig.Method.SCRAM, Map.of());
    try (Connection client = proxied.connect(ROLE, "right", "")) {
      assertThat(ask(client, "SELECT current_user")).isEqualTo(ROLE);
      proxied.flip();
      assertThat(ask(client, "SHOW server_version_num")).startsWith("18");
    }
    assertRefused(ROLE, "wrong");
    assertRefused("nobody_of_this_name", "right");
  }

  @Test
  void aChangedPasswordHoldsFromTheNextConnectionOn() throws Exception {
    start(AuthenticationConfig.Method.SCRAM, Map.of());
    String before = "right";
    for (String password : List.of("other", "third")) {
      proxied.connect(ROLE, before, "").close();
      proxied.blue.execute("ALTER ROLE " + ROLE + " PASSWORD '" + password + "'");
      proxied.connect(ROLE, password, "").close();
      before = password;
    }
  }

  @Test
  void clientsThatComeAtOnceAreAllLetIn() throws Exception {
    start(AuthenticationConfig.Method.SCRAM, Map.of());
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<String> client =
          () -> {
            try (Connection connection = proxied.connect(ROLE, "right", "")) {
              return ask(connection, "SELECT current_user");
            }
          };
      for (Future<String> each : clients.invokeAll(Collections.nCopies(20, client))) {
        assertThat(each.get()).isEqualTo(ROLE);
      }
    }
  }

  @Test
  void passwordsOfTheConfigurationOpenBothSides() throws Exception {
    start(AuthenticationConfig.Method.USERS, Map.of(ROLE, new Secret("right")));
    try (Connection client = proxied.connect(ROLE, "right", "")) {
      proxied.flip();
      assertThat(ask(client, "SELECT current_user")).isEqualTo(ROLE);
    }
    assertRefused(ROLE, "wrong");
    assertRefused("postgres", "right");
  }

  private void assertRefused(String user, String password) {
    assertThatThrownBy(() -> proxied.connect(user, password, ""))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"))
        .hasMessageContaining("password authentication failed for user \"" + user + "\"");
  }

  @Test
  void aRouteThatMayNotServeSaysWhy() throws Exception {
    start(AuthenticationConfig.Method.TRUST, Map.of());
    proxied.traffic.refuse("it is not known which side is primary").get();

    assertThatThrownBy(
            () ->
                DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:"
                        + proxied.address().getPort()
                        + "/x?user="
                        + ROLE))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"))
        .hasMessageContaining("not known which side");
  }
}
