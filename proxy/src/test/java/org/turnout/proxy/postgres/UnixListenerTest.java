package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.HostPort;
import org.turnout.config.LimitsConfig;
import org.turnout.config.ListenerConfig;
import org.turnout.config.SocketFile;
import org.turnout.config.TlsConfig;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;
import org.turnout.sync.side.UnixSocketFactory;

/** Clients of this machine, who come through a Unix socket. */
class UnixListenerTest {
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f};

  @TempDir Path directory;

  @Test
  void areServedBesideThoseOfTheNetworkBeforeAndAfterAChangeOfPrimary() throws Exception {
    try (Proxied route =
            listening(
                TlsConfig.NONE,
                new ListenerConfig(place()),
                new ListenerConfig(new HostPort("127.0.0.1", 0)));
        Connection local = connect(route);
        Connection remote = route.connect()) {
      assertThat(Proxied.ask(local, "SHOW server_version_num")).startsWith("14");
      assertThat(route.traffic.sessions())
          .anySatisfy(session -> assertThat(session.client()).isEqualTo("[local]"))
          .anySatisfy(session -> assertThat(session.client()).startsWith("127.0.0.1:"));

      route.flip();

      assertThat(Proxied.ask(local, "SHOW server_version_num")).startsWith("18");
      assertThat(Proxied.ask(remote, "SHOW server_version_num")).startsWith("18");
    }
  }

  @Test
  void needNoTlsWhereOthersDoAndAreOfferedNone() throws Exception {
    TlsConfig tls = new TestCertificates(directory).route(TlsConfig.Mode.REQUIRE);
    try (Proxied route = listening(tls, new ListenerConfig(place()));
        SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(place().path()))) {
      raw.write(ByteBuffer.wrap(SSL_REQUEST));
      ByteBuffer answer = ByteBuffer.allocate(2);
      assertThat(raw.read(answer)).isEqualTo(1);
      assertThat(answer.get(0)).isEqualTo((byte) 'N');

      try (Connection local = connect(route)) {
        assertThat(Proxied.ask(local, "SELECT 'served'")).isEqualTo("served");
      }
    }
  }

  @Test
  void findAFileWithThePermissionsThatAreGivenWhichIsGoneAfterTheEnd() throws Exception {
    try (Proxied route =
        listening(
            TlsConfig.NONE,
            new ListenerConfig(place(), false, PosixFilePermissions.fromString("rwxrwx---")))) {
      assertThat(route.traffic.refusal()).isNull();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place().path())))
          .isEqualTo("rwxrwx---");
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void areServedWhereADeadProcessHasLeftItsFile() throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(place().path()));
    }
    assertThat(place().path()).exists();

    try (Proxied route = listening(TlsConfig.NONE, new ListenerConfig(place()));
        Connection local = connect(route)) {
      assertThat(Proxied.ask(local, "SELECT 'served'")).isEqualTo("served");
    }
  }

  @Test
  void areLeftToTheProcessThatServesThem() throws Exception {
    try (ServerSocketChannel live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      live.bind(UnixDomainSocketAddress.of(place().path()));

      assertThatThrownBy(() -> listening(TlsConfig.NONE, new ListenerConfig(place())))
          .hasMessageContaining(
              "route test: cannot listen on " + place() + ": another process serves it");
      SocketChannel.open(UnixDomainSocketAddress.of(place().path())).close();
    }
  }

  @Test
  void areNotServedWhereAFileIsThatIsNoSocket() throws Exception {
    Files.writeString(place().path(), "precious");

    assertThatThrownBy(() -> listening(TlsConfig.NONE, new ListenerConfig(place())))
        .hasMessageContaining("there is a file of that name which is no socket");
    assertThat(place().path()).hasContent("precious");
  }

  @Test
  void keepTheFileThatAnotherProcessHasPutInItsPlace() throws Exception {
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      try (Proxied route = listening(TlsConfig.NONE, new ListenerConfig(place()))) {
        assertThat(route.traffic.refusal()).isNull();
        Files.delete(place().path());
        other.bind(UnixDomainSocketAddress.of(place().path()));
      }
      assertThat(place().path()).exists();
    }
  }

  private SocketFile place() {
    return new SocketFile(directory, 6432);
  }

  private static Proxied listening(TlsConfig tls, ListenerConfig... listeners) throws Exception {
    return Proxied.listening(
        new RoutesAuthentication(Method.TRUST), tls, LimitsConfig.DEFAULT, List.of(listeners));
  }

  private Connection connect(Proxied route) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1/%s?user=postgres&sslmode=disable&socketFactory=%s&socketFactoryArg=%s"
            .formatted(route.blue.name(), UnixSocketFactory.class.getName(), place().path()));
  }
}
