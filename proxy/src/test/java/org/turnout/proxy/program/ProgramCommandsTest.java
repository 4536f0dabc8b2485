package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.admin.cli.Terminal;
import org.turnout.admin.cli.TurnoutCommandLine;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;

/** {@code run} and {@code check} where they end at once: what is told, and what is left behind. */
class ProgramCommandsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  @Test
  void checkTellsThatAConfigurationIsValid() throws Exception {
    Path file = write(config(1, 2, "postgresql"));

    assertThat(turnout("check", "--config", file.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).isEqualTo(file + ": valid, routes: shop\n");
  }

  @Test
  void checkTellsEverythingThatIsWrong() throws Exception {
    Path file =
        write(config(1, 2, "postgresql").replace("listen:", "lisen:").replace("blue:", "blu:"));

    assertThat(turnout("check", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("the configuration is refused", "did you mean \"listen\"?")
        .contains("did you mean \"blue\"?");
  }

  @Test
  void checkAnswersMachines() throws Exception {
    Path file = write(config(1, 2, "postgresql"));

    assertThat(turnout("check", "--json", "--config", file.toString())).isZero();
    assertThat(out.toString()).isEqualTo("{\"routes\":[{\"name\":\"shop\",\"findings\":[]}]}\n");
  }

  @Test
  void checkWarnsOfACertificateThatHasExpired() throws Exception {
    Instant past = Instant.parse("2025-01-01T00:00:00Z");
    X509Bundle expired =
        new CertificateBuilder()
            .subject("CN=localhost")
            .notBefore(past)
            .notAfter(past.plusSeconds(86_400))
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path certificate = Files.writeString(directory.resolve("own.crt"), expired.getCertificatePEM());
    Path key = Files.writeString(directory.resolve("own.key"), expired.getPrivateKeyPEM());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Path file =
        write(
            config(1, 2, "postgresql")
                + "    tls: { mode: allow, certificate: %s, key: %s }\n"
                    .formatted(certificate, key));

    assertThat(turnout("check", "--config", file.toString())).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("warning tls-certificate-date (route shop)", "2025-01-02T00:00:00Z");
  }

  @Test
  void checkNamesASideThatDoesNotAnswer() throws Exception {
    Path file = write(config(freePort(), freePort(), "postgresql"));

    assertThat(turnout("check", "--connect", "--config", file.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("blocker ");
  }

  @Test
  void runRefusesWhatThisVersionCannotMove() throws Exception {
    Path file = write(config(freePort(), freePort(), "mysql"));

    assertThat(turnout("run", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            turnout: this version of Turnout moves PostgreSQL only; of protocol mysql: shop
              Take these routes out of the configuration.
            """);
  }

  @Test
  void runEndsWhereItCannotKnowWhichSideIsPrimaryAndLeavesNothing() throws Exception {
    int admin = freePort();
    int listen = freePort();
    Path file = write(config(admin, listen, "postgresql"));

    assertThat(turnout("run", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("turnout: no route can be served", "route shop: it cannot be known")
        .contains("turnout check --connect");
    assertThat(List.of(admin, listen)).allSatisfy(ProgramCommandsTest::isFree);
  }

  @Test
  void runEndsWhereThePrimaryDoesNotLetItIn() throws Exception {
    int admin = freePort();
    int listen = freePort();
    PostgresServer green = SharedPostgres.server(18);
    Path file =
        write(
            config(admin, listen, "postgresql")
                .replaceFirst(
                    "(?<green>green: .*)127.0.0.1:[0-9]+/shop",
                    "${green}127.0.0.1:" + green.port() + "/postgres")
                .replaceFirst("(blue: .*)/shop", "$1/postgres")
                .replace("turnout@", "postgres@"));

    assertThat(turnout("run", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "turnout: no route can be served",
            "route shop: its primary does not let Turnout in: blue: no connection");
    assertThat(List.of(admin, listen)).allSatisfy(ProgramCommandsTest::isFree);
  }

  @Test
  void runNamesTheAdminAddressThatIsTakenAndTouchesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int listen = freePort();
      Path file = write(config(taken.getLocalPort(), listen, "postgresql"));

      assertThat(turnout("run", "--config", file.toString())).isEqualTo(1);
      assertThat(err.toString())
          .contains(
              "turnout: the admin API cannot listen on 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": Address already in use",
              "Does Turnout run already?");
      isFree(listen);
    }
  }

  @Test
  void runRefusesAStateDirectoryThatAnotherTurnoutUses() throws Exception {
    int admin = freePort();
    Path file = write(config(admin, freePort(), "postgresql"));
    try (StateDirectory other = StateDirectory.take(directory.resolve("turnout-state"))) {
      assertThat(turnout("run", "--config", file.toString())).isEqualTo(1);
      assertThat(err.toString())
          .startsWith("turnout: another Turnout uses the state directory " + directory);
    }
    isFree(admin);
  }

  private int turnout(String... words) {
    return TurnoutCommandLine.run(
        new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false),
        List.of(new ProgramCommands()),
        words);
  }

  /** Two sides that nobody listens on. */
  private static String config(int admin, int listen, String protocol) throws IOException {
    return """
    admin: 127.0.0.1:%d
    routes:
      shop:
        listen: 127.0.0.1:%d
        blue: { url: "%s://turnout@127.0.0.1:%d/shop" }
        green: { url: "%s://turnout@127.0.0.1:%d/shop" }
    """
        .formatted(admin, listen, protocol, freePort(), protocol, freePort());
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("turnout.yaml"), yaml);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void isFree(int port) throws IOException {
    new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
  }
}
