package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;

import java.io.InputStream;
import java.io.StringReader;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.TlsConfig.Mode;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;

/** TLS between clients and Turnout, in front of real servers. */
class ClientTlsTest {
  private static final String ROLE = "encrypted_app";
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f};
  private static final byte[] GSS_REQUEST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x30};

  @TempDir Path directory;
  private TestCertificates certificates;
  private Proxied proxied;

  @BeforeEach
  void makeCertificates() throws Exception {
    certificates = new TestCertificates(directory);
  }

  @AfterEach
  void stop() throws Exception {
    if (proxied != null) {
      proxied.close();
    }
  }

  private void start(Mode mode) throws Exception {
    proxied = Proxied.encrypted(new RoutesAuthentication(Method.SCRAM), certificates.route(mode));
    proxied.blue.execute(TestRoles.role(ROLE, "PASSWORD 'secret'"));
    TestRoles.copyVerifier(proxied.blue, proxied.green, ROLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow", "require"})
  void aClientThatChecksTheServerIsServedBeforeAndAfterAChangeOfPrimary(String mode)
      throws Exception {
    start(Mode.valueOf(mode.toUpperCase(java.util.Locale.ROOT)));
    try (Connection client = proxied.connectEncrypted(ROLE, "secret", certificates.verifying())) {
      assertThat(ask(client, "SHOW server_version_num")).startsWith("14");
      proxied.flip();
      assertThat(ask(client, "SHOW server_version_num")).startsWith("18");
    }
  }

  @Test
  void anExchangeIsBoundToTheCertificateAndStillOpensBothSides() throws Exception {
    start(Mode.REQUIRE);
    try (Connection client =
        proxied.connectEncrypted(ROLE, "secret", "sslmode=require", "channelBinding=require")) {
      proxied.flip();
      assertThat(ask(client, "SELECT current_user")).isEqualTo(ROLE);
    }
    assertThatThrownBy(
            () ->
                proxied.connectEncrypted(
                    ROLE, "wrong", "sslmode=require", "channelBinding=require"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void aClientInPlainTextIsRefusedWhereTlsIsRequired() throws Exception {
    start(Mode.REQUIRE);

    assertThatThrownBy(() -> proxied.connect(ROLE, "secret", ""))
        .hasMessageContaining(
            "no pg_hba.conf entry for host \"127.0.0.1\", user \"%s\", database \"%s\", no"
                + " encryption",
            ROLE, proxied.blue.name())
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"));
  }

  @Test
  void aClientInPlainTextIsServedWhereTlsIsAllowed() throws Exception {
    start(Mode.ALLOW);
    try (Connection client = proxied.connect(ROLE, "secret", "")) {
      assertThat(ask(client, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void muchDataPassesBothWays() throws Exception {
    start(Mode.REQUIRE);
    try (Connection client = proxied.connectEncrypted(ROLE, "secret", certificates.verifying())) {
      String text = "y".repeat(16 << 20);
      assertThat(ask(client, "SELECT '" + text + "'")).isEqualTo(text);
      run(client, "CREATE TEMP TABLE c (a text)");
      client
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY c FROM STDIN", new StringReader("0123456789\n".repeat(1_000_000)));
      assertThat(ask(client, "SELECT count(*) FROM c")).isEqualTo("1000000");
      try (Statement statement = client.createStatement()) {
        statement.setFetchSize(0);
        assertThat(ask(client, "SELECT sum(length(a)) FROM c")).isEqualTo("10000000");
      }
    }
  }

  @Test
  void aStatementIsCancelledOverTls() throws Exception {
    start(Mode.REQUIRE);
    try (Connection client = proxied.connectEncrypted(ROLE, "secret", certificates.verifying())) {
      assertThat(client.unwrap(PGConnection.class).getBackendPID()).isPositive();
      assertThat(Cancelling.sleep(client, proxied.blue)).isEqualTo("57014");
    }
  }

  @Test
  void encryptionMayBeAskedForInEitherOrder() throws Exception {
    start(Mode.REQUIRE);
    try (Socket socket = open()) {
      socket.getOutputStream().write(GSS_REQUEST);
      assertThat(socket.getInputStream().read()).isEqualTo('N');
      socket.getOutputStream().write(SSL_REQUEST);
      assertThat(socket.getInputStream().read()).isEqualTo('S');
      try (SSLSocket encrypted = handshake(socket)) {
        assertThat(startIsAnswered(encrypted)).isTrue();
      }
    }
  }

  @Test
  void whatComesBehindTheRequestInPlainTextEndsTheConnection() throws Exception {
    start(Mode.REQUIRE);
    try (Socket socket = open()) {
      socket
          .getOutputStream()
          .write(ByteBuffer.allocate(9).put(SSL_REQUEST).put((byte) 'Q').array());

      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(answer)
          .startsWith("E")
          .contains("08P01", "received unencrypted data after SSL request");
    }
  }

  @Test
  void plainTextInPlaceOfTheHandshakeEndsTheConnection() throws Exception {
    start(Mode.ALLOW);
    try (Socket socket = open()) {
      socket.getOutputStream().write(SSL_REQUEST);
      assertThat(socket.getInputStream().read()).isEqualTo('S');
      socket.getOutputStream().write(startup());

      byte[] rest = socket.getInputStream().readAllBytes();

      // An alert of TLS at most, never an answer to the start.
      assertThat(rest.length == 0 || rest[0] == 0x15).isTrue();
    }
  }

  @Test
  void aClientMayBeginWithTlsIfItSaysTheProtocol() throws Exception {
    start(Mode.REQUIRE);
    try (Socket socket = open();
        SSLSocket encrypted = handshake(socket, "postgresql")) {
      assertThat(encrypted.getApplicationProtocol()).isEqualTo("postgresql");
      assertThat(startIsAnswered(encrypted)).isTrue();
    }
  }

  @Test
  void aClientThatBeginsWithTlsAndSaysNoProtocolIsNotServed() throws Exception {
    start(Mode.REQUIRE);
    try (Socket socket = open();
        SSLSocket encrypted = handshake(socket)) {
      assertThat(startIsAnswered(encrypted)).isFalse();
    }
  }

  @Test
  void aClientThatBeginsWithTlsIsNotServedWithoutTls() throws Exception {
    proxied = Proxied.trusting();
    try (Socket socket = open()) {
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0});

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void anOlderVersionThanTheMinimumIsRefused() throws Exception {
    start(Mode.REQUIRE);
    try (Socket socket = open()) {
      socket.getOutputStream().write(SSL_REQUEST);
      assertThat(socket.getInputStream().read()).isEqualTo('S');
      SSLSocket old = TestSockets.over(socket);
      old.setEnabledProtocols(new String[] {"TLSv1.2"});
      old.startHandshake();
      assertThat(old.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
    proxied.close();
    var route = certificates.route(Mode.REQUIRE);
    proxied =
        Proxied.encrypted(
            new RoutesAuthentication(Method.SCRAM),
            new org.turnout.config.TlsConfig(
                route.mode(),
                route.identity(),
                route.clientCa(),
                route.clientCertificates(),
                org.turnout.config.TlsConfig.Version.TLS_1_3));
    try (Socket socket = open()) {
      socket.getOutputStream().write(SSL_REQUEST);
      assertThat(socket.getInputStream().read()).isEqualTo('S');
      SSLSocket old = TestSockets.over(socket);
      old.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThatThrownBy(old::startHandshake).isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void replacedCertificatesAreShownToNewClientsAndBrokenOnesAreNot() throws Exception {
    start(Mode.REQUIRE);
    assertThat(shownSubject()).isEqualTo("CN=localhost");
    try (Connection before = proxied.connectEncrypted(ROLE, "secret", certificates.verifying())) {
      certificates.write("route", TestCertificates.builder("CN=next").addSanDnsName("localhost"));
      proxied.routeTls.check();
      assertThat(shownSubject()).isEqualTo("CN=next");

      Files.writeString(directory.resolve("route.crt"), "nonsense");
      proxied.routeTls.check();
      assertThat(shownSubject()).isEqualTo("CN=next");

      certificates.write("route", TestCertificates.builder("CN=third").addSanDnsName("localhost"));
      proxied.routeTls.check();
      assertThat(shownSubject()).isEqualTo("CN=third");
      assertThat(ask(before, "SELECT 1")).isEqualTo("1");
    }
  }

  private String shownSubject() throws Exception {
    try (Socket socket = open();
        SSLSocket encrypted = handshake(socket, "postgresql")) {
      return ((java.security.cert.X509Certificate) encrypted.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  private Socket open() throws Exception {
    Socket socket = new Socket();
    socket.connect(proxied.address());
    return socket;
  }

  private static SSLSocket handshake(Socket socket, String... protocols) throws Exception {
    SSLSocket encrypted = TestSockets.over(socket, protocols);
    encrypted.startHandshake();
    return encrypted;
  }

  /** Whether a start is answered by a demand for a proof. */
  private boolean startIsAnswered(Socket socket) throws Exception {
    try {
      socket.getOutputStream().write(startup());
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return in.read() == 'R';
    } catch (java.io.IOException closed) {
      return false;
    }
  }

  private byte[] startup() {
    String text = "user\0" + ROLE + "\0database\0" + proxied.blue.name() + "\0\0";
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length());
    return bytes
        .putInt(bytes.capacity())
        .putInt(196608)
        .put(text.getBytes(StandardCharsets.UTF_8))
        .array();
  }
}
