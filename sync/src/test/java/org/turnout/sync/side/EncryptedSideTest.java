package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.config.HostPort;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.config.SideTls.Mode;
import org.turnout.config.SideTls.Roots;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.PostgresServer;
import org.turnout.sync.SyncException;

/** Turnout's own connections, encrypted as the side's url says. */
class EncryptedSideTest {
  private static final String ENCRYPTED =
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

  @TempDir static Path directory;
  private static X509Bundle authority;
  private static Path roots;
  private static PostgresServer server;

  @BeforeAll
  static void startServer() throws Exception {
    authority = builder("CN=Authority").setIsCertificateAuthority(true).buildSelfSigned();
    roots = Files.writeString(directory.resolve("roots.crt"), authority.getCertificatePEM());
    TlsConfig.Identity own = write("server", builder("CN=x").addSanDnsName("localhost"));
    server =
        PostgresServer.builder(18)
            .setting("ssl", "on")
            .setting("ssl_cert_file", own.certificate().toString())
            .setting("ssl_key_file", own.key().toString())
            .setting("ssl_ca_file", roots.toString())
            .accessRules(
                "hostssl all by_certificate 127.0.0.1/32 cert", "host all all 127.0.0.1/32 trust")
            .start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "DISABLE, f, false",
    "ALLOW, f, false",
    "PREFER, t, false",
    "REQUIRE, t, false",
    "REQUIRE, t, true",
    "VERIFY_CA, t, true",
    "VERIFY_FULL, t, true"
  })
  void everyKindOfConnectionIsEncryptedAsTheUrlSays(Mode mode, String encrypted, boolean checked)
      throws Exception {
    SideTls tls =
        new SideTls(
            mode, checked ? new Roots.File(roots) : new Roots.None(), Optional.empty(), false);
    try (PostgresSide side = side("localhost", "postgres", tls);
        Connection control = side.control();
        Connection dedicated = side.dedicated("test");
        Connection replication = side.replication()) {
      assertThat(Rows.one(control, ENCRYPTED)).isEqualTo(encrypted);
      assertThat(Rows.one(dedicated, ENCRYPTED)).isEqualTo(encrypted);
      assertThat(Rows.one(replication, ENCRYPTED)).isEqualTo(encrypted);
    }
  }

  @Test
  void tlsMayBeginWithTheFirstByte() throws Exception {
    SideTls tls = new SideTls(Mode.VERIFY_FULL, new Roots.File(roots), Optional.empty(), true);
    try (PostgresSide side = side("localhost", "postgres", tls);
        Connection dedicated = side.dedicated("test")) {
      assertThat(Rows.one(dedicated, ENCRYPTED)).isEqualTo("t");
    }
  }

  @Test
  void turnoutShowsItsCertificate() throws Exception {
    TlsConfig.Identity own = write("client", builder("CN=by_certificate"));
    SideTls tls = new SideTls(Mode.REQUIRE, new Roots.None(), Optional.of(own), false);
    try (Connection direct = server.connect("postgres");
        PostgresSide side = side("localhost", "by_certificate", tls)) {
      direct.createStatement().execute("CREATE ROLE by_certificate LOGIN");
      try (Connection dedicated = side.dedicated("test")) {
        assertThat(Rows.one(dedicated, "SELECT current_user")).isEqualTo("by_certificate");
      }
    }
  }

  @Test
  void saysThatTheServerIsAnother() throws Exception {
    SideTls tls = new SideTls(Mode.VERIFY_FULL, new Roots.File(roots), Optional.empty(), false);
    try (PostgresSide side = side("127.0.0.1", "postgres", tls)) {
      assertThatThrownBy(() -> side.dedicated("test"))
          .isInstanceOf(SyncException.class)
          .hasMessage(
              "blue: the server at 127.0.0.1:%d is not believed: the server's certificate is for"
                  + " localhost, not for 127.0.0.1. Check host, sslmode and sslrootcert in the"
                  + " url.",
              server.port());
      assertThatThrownBy(side::control)
          .hasMessageContaining("is not believed: the server's certificate is for localhost");
    }
  }

  @Test
  void saysThatTheServerHasNoTls() throws Exception {
    PostgresServer plain = org.turnout.embedded.SharedPostgres.server(14);
    SideTls tls = new SideTls(Mode.REQUIRE, new Roots.None(), Optional.empty(), false);
    SideConfig config =
        new SideConfig(
            new HostPort("127.0.0.1", plain.port()), "postgres", "postgres", Optional.empty(), tls);
    try (PostgresSide side = new PostgresSide(TestSides.ROUTE, Side.BLUE, config)) {
      assertThatThrownBy(() -> side.dedicated("test"))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("does not support SSL");
    }
  }

  @Test
  void saysWhatIsWrongWithAFile() throws Exception {
    SideTls tls =
        new SideTls(
            Mode.VERIFY_CA, new Roots.File(directory.resolve("none.crt")), Optional.empty(), false);
    try (PostgresSide side = side("localhost", "postgres", tls)) {
      assertThatThrownBy(() -> side.dedicated("test"))
          .isInstanceOf(SyncException.class)
          .hasMessage(
              "blue: the file %s does not exist. Correct the url's options.",
              directory.resolve("none.crt"));
    }
  }

  private static PostgresSide side(String host, String user, SideTls tls) {
    SideConfig config =
        new SideConfig(new HostPort(host, server.port()), "postgres", user, Optional.empty(), tls);
    return new PostgresSide(TestSides.ROUTE, Side.BLUE, config);
  }

  private static CertificateBuilder builder(String subject) {
    return new CertificateBuilder().algorithm(Algorithm.ecp256).subject(subject);
  }

  private static TlsConfig.Identity write(String name, CertificateBuilder certificate)
      throws Exception {
    X509Bundle bundle = certificate.buildIssuedBy(authority);
    Path chain = directory.resolve(name + ".crt");
    Path key = directory.resolve(name + ".key");
    Files.writeString(chain, bundle.getCertificatePathPEM());
    Files.writeString(key, bundle.getPrivateKeyPEM());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return new TlsConfig.Identity(chain, key, Optional.empty());
  }
}
