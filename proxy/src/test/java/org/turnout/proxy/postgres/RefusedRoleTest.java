package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;

/**
 * Who is not let in hears from Turnout, word by word, what the server itself says: whatever way
 * they prove who they are, in plain text and encrypted, before and after a change of primary.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusedRoleTest {
  private static final String PASSWORD = "secret";

  private static final Map<String, String> ROLES =
      Map.of(
          "wrong_refused", "",
          "expired_refused", "VALID UNTIL '2020-01-01'",
          "closed_refused", "NOLOGIN",
          "limited_refused", "CONNECTION LIMIT 0");

  /** Not on the servers. */
  private static final String GHOST = "ghost_refused";

  private static final Map<String, Secret> USERS =
      Map.of(
          "wrong_refused", new Secret(PASSWORD),
          "expired_refused", new Secret(PASSWORD),
          "closed_refused", new Secret(PASSWORD),
          "limited_refused", new Secret(PASSWORD),
          "settled_refused", new Secret(PASSWORD));

  @TempDir static Path directory;
  private static final List<Way> WAYS =
      List.of(
          new Way(Method.SCRAM, false),
          new Way(Method.SCRAM, true),
          new Way(Method.USERS, false),
          new Way(Method.PASSWORD, true));

  private final Map<Way, Proxied> routes = new java.util.concurrent.ConcurrentHashMap<>();

  /** How clients prove who they are. */
  record Way(Method method, boolean encrypted) {
    @Override
    public String toString() {
      return method + (encrypted ? ", encrypted" : "");
    }
  }

  static Stream<Arguments> refusals() {
    return WAYS.stream()
        .flatMap(
            way ->
                Stream.of(
                        "wrong_refused",
                        "expired_refused",
                        "closed_refused",
                        "limited_refused",
                        "settled_refused",
                        GHOST)
                    .flatMap(
                        role ->
                            Stream.of(Side.values()).map(side -> Arguments.of(way, role, side))));
  }

  @BeforeAll
  void open() throws Exception {
    TlsConfig tls = new TestCertificates(directory).route(TlsConfig.Mode.ALLOW);
    for (Way way : WAYS) {
      RoutesAuthentication how =
          new RoutesAuthentication(way.method(), way.method() == Method.USERS ? USERS : Map.of());
      routes.put(way, way.encrypted() ? Proxied.encrypted(how, tls) : Proxied.asking(how));
    }
    Proxied any = routes.values().iterator().next();
    ROLES.forEach(
        (role, attributes) -> {
          any.onBoth(TestRoles.role(role, "PASSWORD '" + PASSWORD + "'"));
          any.onBoth("ALTER ROLE " + role + " " + attributes);
        });
    // Its settings are those of a newer server: let in, and then refused.
    any.onBoth(TestRoles.role("settled_refused", "PASSWORD '" + PASSWORD + "'"));
    any.onBoth("ALTER ROLE settled_refused SET statement_timeout = '1min'");
    any.onBoth(
        "UPDATE pg_db_role_setting SET setconfig = '{statement_timeout=crooked}'"
            + " WHERE setrole = 'settled_refused'::regrole");
    for (String role : ROLES.keySet()) {
      TestRoles.copyVerifier(any.blue, any.green, role);
      any.green.execute("ALTER ROLE " + role + " " + ROLES.get(role));
    }
    TestRoles.copyVerifier(any.blue, any.green, "settled_refused");
  }

  @AfterAll
  void stop() throws Exception {
    for (Proxied route : routes.values()) {
      route.close();
    }
  }

  @ParameterizedTest(name = "{0}: {1} on {2}")
  @MethodSource("refusals")
  void hearsWhatTheServerSays(Way way, String role, Side side) throws Exception {
    Proxied route = routes.get(way);
    if (route.primary() != side) {
      route.flip();
    }
    PostgresDatabase primary = side == Side.BLUE ? route.blue : route.green;
    String password = role.equals("wrong_refused") ? "wrong" : PASSWORD;

    List<String> through =
        refusal(
            () ->
                way.encrypted()
                    ? route.connectEncrypted(role, password, "sslmode=require")
                    : route.connect(role, password, ""));

    assertThat(through)
        .isEqualTo(refusal(() -> DriverManager.getConnection(primary.jdbcUrl(), role, password)));
  }

  private interface Attempt {
    Connection connect() throws SQLException;
  }

  /** Severity, SQLSTATE, message, detail and hint; nothing for one who was let in. */
  private static List<String> refusal(Attempt attempt) throws SQLException {
    try (Connection connection = attempt.connect()) {
      return List.of();
    } catch (PSQLException e) {
      ServerErrorMessage said = e.getServerErrorMessage();
      if (said == null) {
        throw e;
      }
      return Stream.of(
              said.getSeverity(),
              said.getSQLState(),
              said.getMessage(),
              said.getDetail(),
              said.getHint())
          .map(String::valueOf)
          .toList();
    }
  }
}
