package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.Secret;
import org.turnout.config.SideTls;
import org.turnout.config.SideTls.Mode;
import org.turnout.config.SideTls.Roots;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.PostgresServer;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;

/** TLS between Turnout and real servers, by the words of libpq. */
class BackendTlsTest {
  private static final RoutesAuthentication TRUST = new RoutesAuthentication(Method.TRUST);
  private static final String ENCRYPTED =
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

  @TempDir static Path directory;
  private static TestCertificates certificates;

  /** Its certificate names the address by which it is reached. */
  private static PostgresServer named;

  /** Its certificate names another host. */
  private static PostgresServer unnamed;

  private Proxied proxied;

  @BeforeAll
  static void startServers() throws Exception {
    certificates = new TestCertificates(directory);
    named = server(14, certificates.write("named", TestCertificates.localhost()));
    unnamed =
        server(
            18,
            certificates.write(
                "unnamed", TestCertificates.builder("CN=x").addSanDnsName("db.example")));
  }

  private static PostgresServer server(int major, TlsConfig.Identity identity) {
    return PostgresServer.builder(major)
        .setting("ssl", "on")
        .setting("ssl_cert_file", identity.certificate().toString())
        .setting("ssl_key_file", identity.key().toString())
        .setting("ssl_ca_file", certificates.roots.toString())
        .accessRules(
            "hostnossl all only_encrypted 127.0.0.1/32 reject",
            "hostssl   all only_plain     127.0.0.1/32 reject",
            "hostssl   all by_certificate 127.0.0.1/32 cert",
            "host      all by_clear_text  127.0.0.1/32 password",
            "host      all by_scram       127.0.0.1/32 scram-sha-256",
            "host      all all            127.0.0.1/32 trust")
        .start();
  }

  @AfterAll
  static void stopServers() {
    named.close();
    unnamed.close();
  }

  @AfterEach
  void stop() throws Exception {
    if (proxied != null) {
      proxied.close();
    }
  }

  private void start(Mode mode) throws Exception {
    start(new SideTls(mode, new Roots.None(), Optional.empty(), false));
  }

  private void start(SideTls tls) throws Exception {
    start(TRUST, tls);
  }

  private void start(RoutesAuthentication how, SideTls tls) throws Exception {
    proxied = Proxied.between(named, unnamed, how, tls);
    for (String role : new String[] {"only_encrypted", "only_plain", "by_certificate"}) {
      proxied.onBoth(TestRoles.role(role, "PASSWORD NULL"));
    }
    for (String role : new String[] {"by_clear_text", "by_scram"}) {
      proxied.onBoth(TestRoles.role(role, "PASSWORD 'secret'"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DISABLE, postgres, f",
    "ALLOW, postgres, f",
    "PREFER, postgres, t",
    "REQUIRE, postgres, t",
    "DISABLE, only_plain, f",
    "ALLOW, only_plain, f",
    "ALLOW, only_encrypted, t",
    "PREFER, only_plain, f",
    "PREFER, only_encrypted, t",
    "REQUIRE, only_encrypted, t",
  })
  void connectionsAreEncryptedAsLibpqWouldOnBothSides(Mode mode, String role, String encrypted)
      throws Exception {
    start(mode);
    try (Connection client = proxied.connect(role, "", "")) {
      assertThat(ask(client, ENCRYPTED)).isEqualTo(encrypted);
      proxied.flip();
      assertThat(ask(client, ENCRYPTED)).isEqualTo(encrypted);
    }
  }

  @ParameterizedTest
  @CsvSource({"DISABLE, only_encrypted", "REQUIRE, only_plain"})
  void theErrorOfTheServerReachesAClientThatItDoesNotAdmit(Mode mode, String role)
      throws Exception {
    start(mode);

    assertThatThrownBy(() -> proxied.connect(role, "", ""))
        .hasMessageContaining("pg_hba.conf rejects connection for host \"127.0.0.1\"")
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"));
  }

  @Test
  void aServerWithoutTlsIsRefusedWhereItIsRequired() throws Exception {
    PostgresServer plain = org.turnout.embedded.SharedPostgres.server(14);
    proxied =
        Proxied.between(
            plain,
            plain,
            TRUST,
            new SideTls(Mode.REQUIRE, new Roots.None(), Optional.empty(), false));

    assertThatThrownBy(() -> proxied.connect())
        .hasMessageContaining(
            "no connection to the blue database: the server does not have TLS, which sslmode asks"
                + " for")
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
  }

  @Test
  void aServerWhoseCertificateNamesItsHostIsBelieved() throws Exception {
    start(
        new SideTls(Mode.VERIFY_FULL, new Roots.File(certificates.roots), Optional.empty(), false));
    try (Connection client = proxied.connect()) {
      assertThat(ask(client, ENCRYPTED)).isEqualTo("t");
    }
  }

  @Test
  void aServerOfAnotherNameIsNotBelieved() throws Exception {
    proxied =
        Proxied.between(
            unnamed,
            unnamed,
            TRUST,
            new SideTls(
                Mode.VERIFY_FULL, new Roots.File(certificates.roots), Optional.empty(), false));

    assertThatThrownBy(() -> proxied.connect())
        .hasMessageContaining("the server's certificate is for db.example, not for 127.0.0.1");
  }

  @Test
  void theNameDoesNotMatterWhereOnlyTheAuthorityIsChecked() throws Exception {
    start(new SideTls(Mode.VERIFY_CA, new Roots.File(certificates.roots), Optional.empty(), false));
    try (Connection client = proxied.connect()) {
      proxied.flip();
      assertThat(ask(client, ENCRYPTED)).isEqualTo("t");
    }
  }

  @Test
  void aServerOfAnUnknownAuthorityIsNotBelieved(@TempDir Path other) throws Exception {
    start(
        new SideTls(
            Mode.REQUIRE,
            new Roots.File(new TestCertificates(other).roots),
            Optional.empty(),
            false));

    assertThatThrownBy(() -> proxied.connect())
        .hasMessageContaining("is of no authority that sslrootcert names");
  }

  @Test
  void turnoutShowsItsCertificateToTheServer() throws Exception {
    start(
        new SideTls(
            Mode.REQUIRE,
            new Roots.None(),
            Optional.of(
                certificates.write("client", TestCertificates.builder("CN=by_certificate"))),
            false));
    try (Connection client = proxied.connect("by_certificate", "", "")) {
      proxied.flip();
      assertThat(ask(client, "SELECT current_user")).isEqualTo("by_certificate");
    }
  }

  @Test
  void withoutACertificateTheServerSaysSo() throws Exception {
    start(Mode.REQUIRE);

    assertThatThrownBy(() -> proxied.connect("by_certificate", "", ""))
        .hasMessageContaining("certificate");
  }

  @Test
  void tlsMayBeginWithTheFirstByte() throws Exception {
    proxied =
        Proxied.between(
            unnamed,
            unnamed,
            TRUST,
            new SideTls(
                Mode.VERIFY_CA, new Roots.File(certificates.roots), Optional.empty(), true));
    try (Connection client = proxied.connect()) {
      assertThat(ask(client, ENCRYPTED)).isEqualTo("t");
      assertThat(Cancelling.sleep(client, proxied.blue)).isEqualTo("57014");
    }
  }

  @Test
  void aStatementIsCancelledOnAnEncryptedConnection() throws Exception {
    start(Mode.REQUIRE);
    try (Connection client = proxied.connect()) {
      assertThat(Cancelling.sleep(client, proxied.blue)).isEqualTo("57014");
    }
  }

  @Test
  void aPasswordGoesInClearTextOverTlsOnly() throws Exception {
    RoutesAuthentication users =
        new RoutesAuthentication(
            Method.USERS, Map.of("by_clear_text", new Secret("secret")), Map.of());
    start(users, new SideTls(Mode.REQUIRE, new Roots.None(), Optional.empty(), false));
    try (Connection client = proxied.connect("by_clear_text", "secret", "")) {
      assertThat(ask(client, "SELECT current_user")).isEqualTo("by_clear_text");
    }
    proxied.close();
    start(users, new SideTls(Mode.DISABLE, new Roots.None(), Optional.empty(), false));

    assertThatThrownBy(() -> proxied.connect("by_clear_text", "secret", ""))
        .hasMessageContaining("in clear text on a connection that is not encrypted");
  }

  @Test
  void aProofOverTlsIsBoundToTheCertificateOfTheServer() throws Exception {
    start(
        new RoutesAuthentication(Method.USERS, Map.of("by_scram", new Secret("secret")), Map.of()),
        new SideTls(Mode.REQUIRE, new Roots.None(), Optional.empty(), false));
    try (Connection client = proxied.connect("by_scram", "secret", "")) {
      proxied.flip();
      assertThat(ask(client, ENCRYPTED)).isEqualTo("t");
    }
  }
}
