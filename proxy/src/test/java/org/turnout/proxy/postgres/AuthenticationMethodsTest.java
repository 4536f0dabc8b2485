package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.Secret;
import org.turnout.config.SideTls;
import org.turnout.config.TlsConfig.ClientCertificates;
import org.turnout.config.TlsConfig.Mode;
import org.turnout.embedded.PostgresServer;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;

/** The ways to prove who one is, and what the server has to say on it. */
class AuthenticationMethodsTest {
  @TempDir Path directory;
  private Proxied proxied;

  @AfterEach
  void stop() throws Exception {
    if (proxied != null) {
      proxied.close();
    }
  }

  @Test
  void aPasswordInClearTextIsJudgedByTheServer() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    proxied =
        Proxied.encrypted(
            new RoutesAuthentication(Method.PASSWORD), certificates.route(Mode.ALLOW));
    proxied.onBoth(TestRoles.role("clear_app", "PASSWORD 'secret'"));
    try (Connection client =
        proxied.connectEncrypted("clear_app", "secret", certificates.verifying())) {
      proxied.flip();
      assertThat(ask(client, "SELECT current_user")).isEqualTo("clear_app");
    }
    assertRefused(
        "28P01",
        "password authentication failed for user \"clear_app\"",
        () -> proxied.connectEncrypted("clear_app", "wrong", certificates.verifying()));
    assertRefused("28000", "no encryption", () -> proxied.connect("clear_app", "secret", ""));
    assertRefused(
        "28P01", "password authentication failed", () -> connectElsewhere(certificates, "wrong"));
    assertRefused(
        "3D000", "\"nowhere\" does not exist", () -> connectElsewhere(certificates, "secret"));
  }

  /** Which databases there are is only for those whom the server knows. */
  private Connection connectElsewhere(TestCertificates certificates, String password)
      throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://localhost:%d/nowhere?user=clear_app&password=%s&%s"
            .formatted(
                proxied.address().getPort(), password, String.join("&", certificates.verifying())));
  }

  @Test
  void aClientCertificateNamesTheRole() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    proxied =
        Proxied.encrypted(
            new RoutesAuthentication(
                Method.CERTIFICATE,
                Map.of("certified_app", new Secret("secret")),
                Map.of("web-1.example", "certified_app")),
            certificates.route(Mode.REQUIRE, ClientCertificates.REQUEST));
    proxied.onBoth(TestRoles.role("certified_app", "PASSWORD 'secret'"));
    certificates.write("mapped", TestCertificates.client("CN=web-1.example"));
    certificates.write("same", TestCertificates.client("CN=certified_app"));
    certificates.write("other", TestCertificates.client("CN=web-2.example"));

    for (String own : new String[] {"mapped", "same"}) {
      try (Connection client = connectWith(certificates, own)) {
        assertThat(ask(client, "SELECT current_user")).isEqualTo("certified_app");
      }
    }
    String refusal = "certificate authentication failed for user \"certified_app\"";
    assertRefused("28000", refusal, () -> connectWith(certificates, "other"));
    assertRefused(
        "28000",
        refusal,
        () -> proxied.connectEncrypted("certified_app", "", certificates.verifying()));
  }

  @Test
  void aCertificateMayBeRequiredBesidesThePassword(@TempDir Path elsewhere) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    proxied =
        Proxied.encrypted(
            new RoutesAuthentication(Method.SCRAM),
            certificates.route(Mode.REQUIRE, ClientCertificates.REQUIRE));
    proxied.blue.execute(TestRoles.role("certified_app", "PASSWORD 'secret'"));
    certificates.write("known", TestCertificates.client("CN=anything"));
    TestCertificates others = new TestCertificates(elsewhere);
    others.write("unknown", TestCertificates.client("CN=anything"));

    try (Connection client = connectWith(certificates, "known")) {
      assertThat(ask(client, "SELECT current_user")).isEqualTo("certified_app");
    }
    assertRefused(
        "28000",
        "connection requires a valid client certificate",
        () -> proxied.connectEncrypted("certified_app", "secret", certificates.verifying()));
    assertThatThrownBy(
            () ->
                proxied.connectEncrypted(
                    "certified_app",
                    "secret",
                    "sslmode=require",
                    "sslcert=" + elsewhere.resolve("unknown.crt"),
                    "sslkey=" + elsewhere.resolve("unknown.key")))
        .isInstanceOf(SQLException.class);
  }

  /** The driver takes a key in this form by the ending of its name. */
  private Connection connectWith(TestCertificates certificates, String own) throws Exception {
    return proxied.connectEncrypted(
        "certified_app",
        "secret",
        "sslmode=verify-full",
        "sslrootcert=" + certificates.roots,
        "sslcert=" + directory.resolve(own + ".crt"),
        "sslkey=" + directory.resolve(own + ".key"));
  }

  @Test
  void whatTheServerHasAgainstARoleReachesTheClientAsItIs() throws Exception {
    proxied = Proxied.asking(new RoutesAuthentication(Method.SCRAM));
    proxied.blue.execute(
        TestRoles.role("expired_app", "PASSWORD 'secret' VALID UNTIL '2020-01-01'"));
    proxied.blue.execute(TestRoles.role("limited_app", "PASSWORD 'secret' CONNECTION LIMIT 0"));
    proxied.blue.execute(TestRoles.role("closed_app", "PASSWORD 'secret'"));
    proxied.blue.execute("ALTER ROLE closed_app NOLOGIN");

    assertRefused(
        "28P01",
        "password authentication failed for user \"expired_app\"",
        () -> proxied.connect("expired_app", "secret", ""));
    assertRefused(
        "53300",
        "too many connections for role \"limited_app\"",
        () -> proxied.connect("limited_app", "secret", ""));
    assertRefused(
        "28000",
        "role \"closed_app\" is not permitted to log in",
        () -> proxied.connect("closed_app", "secret", ""));
  }

  @Test
  void anMd5VerifierOpensBothSidesToo() throws Exception {
    try (PostgresServer old = md5Server(14);
        PostgresServer young = md5Server(18)) {
      proxied =
          Proxied.between(old, young, new RoutesAuthentication(Method.SCRAM), SideTls.DEFAULT);
      proxied.onBoth(TestRoles.role("md5_app", "PASSWORD 'secret'"));
      try (Connection client = proxied.connect("md5_app", "secret", "")) {
        proxied.flip();
        assertThat(ask(client, "SELECT current_user")).isEqualTo("md5_app");
      }
      assertRefused(
          "28P01",
          "password authentication failed for user \"md5_app\"",
          () -> proxied.connect("md5_app", "wrong", ""));
      proxied.close();
      proxied = null;
    }
  }

  private static PostgresServer md5Server(int major) {
    return PostgresServer.builder(major)
        .setting("password_encryption", "md5")
        .accessRules("host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 md5")
        .start();
  }

  @Test
  void aRoleThatDoesNotExistIsNotToldFromAWrongPassword() throws Exception {
    proxied = Proxied.asking(new RoutesAuthentication(Method.SCRAM));
    proxied.blue.execute(TestRoles.role("known_app", "PASSWORD 'secret'"));

    for (String role : new String[] {"known_app", "ghost_app"}) {
      assertRefused(
          "28P01",
          "password authentication failed for user \"" + role + "\"",
          () -> proxied.connect(role, "wrong", ""));
    }
    RawStart known = RawStart.of(proxied, "known_app");
    RawStart ghost = RawStart.of(proxied, "ghost_app");
    assertThat(ghost.mechanisms()).isEqualTo(known.mechanisms());
    assertThat(ghost.salt()).hasSameSizeAs(known.salt());
    assertThat(RawStart.of(proxied, "ghost_app").salt()).isEqualTo(ghost.salt());
    assertThat(RawStart.of(proxied, "other_ghost").salt()).isNotEqualTo(ghost.salt());
  }

  private static void assertRefused(String state, String message, ThrowingCallable attempt) {
    assertThatThrownBy(attempt)
        .hasMessageContaining(message)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
  }
}
