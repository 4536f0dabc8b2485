package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.HostPort;
import org.turnout.config.LimitsConfig;
import org.turnout.config.ListenerConfig;
import org.turnout.config.TlsConfig;
import org.turnout.proxy.postgres.Proxied.RoutesAuthentication;

/** Clients that come through a balancer, which says where they come from. */
class BalancedClientsTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f};

  @TempDir Path directory;

  @Test
  void areKnownByTheAddressThatTheBalancerSays() throws Exception {
    try (Proxied route = balanced(limits(OptionalInt.empty(), LONG));
        WireClient client = client(route)) {
      client.say(header("192.0.2.7", 35236), start(route));
      client.untilReady();

      assertThat(client.heard()).contains("Z 1 I");
      assertThat(route.traffic.sessions())
          .singleElement()
          .satisfies(session -> assertThat(session.client()).isEqualTo("192.0.2.7:35236"));
    }
  }

  @Test
  void areLimitedByThatAddressAndTheBalancersChecksAreNot() throws Exception {
    try (Proxied route = balanced(limits(OptionalInt.of(1), LONG));
        WireClient first = client(route);
        WireClient second = client(route);
        WireClient other = client(route);
        WireClient check = client(route)) {
      first.say(header("192.0.2.7", 1));
      first.begin();
      second.say(header("192.0.2.7", 2));
      second.begin();
      other.say("PROXY TCP4 192.0.2.8 192.0.2.1 1 2\r\n".getBytes(StandardCharsets.US_ASCII));
      other.begin();
      check.say(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a20000000"));
      check.begin();

      assertThat(second.heard())
          .containsExactly(
              "E SFATAL, VFATAL, C53300, Mtoo many connections from this address", "end");
      assertThat(other.heard()).contains("Z 1 I");
      assertThat(check.heard()).contains("Z 1 I");
      assertThat(route.traffic.sessions())
          .anySatisfy(session -> assertThat(session.client()).startsWith("127.0.0.1:"));
    }
  }

  @Test
  void areDroppedWithoutAWordWhereTheBalancerSaysNothing() throws Exception {
    try (Proxied route = balanced(limits(OptionalInt.empty(), LONG));
        WireClient client = client(route)) {
      client.start(3 << 16);
      client.untilEnd();

      assertThat(client.heard()).containsExactly("end");
    }
  }

  @Test
  void areDroppedWithoutAWordWhereItIsNotSaidInTime() throws Exception {
    try (Proxied route = balanced(limits(OptionalInt.empty(), Duration.ofSeconds(1)));
        WireClient client = client(route)) {
      client.say(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a21"));
      client.untilEnd();

      assertThat(client.heard()).containsExactly("end");
    }
  }

  @Test
  void useTlsBehindTheHeaderFromTheirFirstByteOrOnRequest() throws Exception {
    TlsConfig tls = new TestCertificates(directory).route(TlsConfig.Mode.REQUIRE);
    try (Proxied route =
        Proxied.listening(trust(), tls, limits(OptionalInt.empty(), LONG), listeners())) {
      for (boolean direct : List.of(true, false)) {
        try (Socket socket = new Socket()) {
          socket.connect(route.address());
          socket.getOutputStream().write(header("192.0.2.7", 35236));
          if (!direct) {
            socket.getOutputStream().write(SSL_REQUEST);
            assertThat(socket.getInputStream().read()).isEqualTo('S');
          }
          SSLSocket encrypted = TestSockets.over(socket);
          var parameters = encrypted.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {PostgresTraffic.PROTOCOL});
          encrypted.setSSLParameters(parameters);
          encrypted.getOutputStream().write(start(route));

          assertThat(encrypted.getInputStream().read()).isEqualTo('R');
        }
      }
      try (WireClient plain = client(route)) {
        plain.say(header("192.0.2.7", 1), start(route));
        plain.untilEnd();
        assertThat(plain.heard().getFirst())
            .contains("no pg_hba.conf entry for host \"192.0.2.7\"");
      }
    }
  }

  private static Proxied balanced(LimitsConfig limits) throws Exception {
    return Proxied.listening(trust(), TlsConfig.NONE, limits, listeners());
  }

  private static RoutesAuthentication trust() {
    return new RoutesAuthentication(Method.TRUST);
  }

  private static List<ListenerConfig> listeners() {
    return List.of(
        new ListenerConfig(new HostPort("127.0.0.1", 0), true, ListenerConfig.EVERYBODY));
  }

  private static WireClient client(Proxied route) throws Exception {
    return new WireClient(route.address(), route.blue.name());
  }

  private static byte[] start(Proxied route) {
    return WireMessages.startup(3 << 16, "user", "postgres", "database", route.blue.name());
  }

  /** What a balancer says in version 2 of a client that has come to it. */
  private static byte[] header(String host, int port) {
    byte[] from = new InetSocketAddress(host, port).getAddress().getAddress();
    return HexFormat.of()
        .parseHex(
            "0d0a0d0a000d0a515549540a2111000c"
                + HexFormat.of().formatHex(from)
                + "cb007105"
                + HexFormat.of().toHexDigits((short) port)
                + "1920");
  }

  private static LimitsConfig limits(OptionalInt ofAddress, Duration authentication) {
    return new LimitsConfig(
        OptionalInt.empty(), ofAddress, authentication, Duration.ZERO, Duration.ZERO, LONG);
  }
}
