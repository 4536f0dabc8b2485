package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.turnout.config.Side;
import org.turnout.config.SideTls;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;

/** When the primary's server stops, dies or is not there, clients hear what it says of it. */
class StoppedServerTest {
  private static Proxied route;

  @BeforeAll
  static void open() throws Exception {
    route =
        Proxied.between(
            PostgresServer.builder(14).start(),
            PostgresServer.builder(18).start(),
            Proxied.TRUST,
            SideTls.DEFAULT);
  }

  @AfterAll
  static void stop() throws Exception {
    try (PostgresServer blue = route.blue.server();
        PostgresServer green = route.green.server()) {
      route.close();
    }
  }

  private static PostgresDatabase primary(Side side) throws Exception {
    if (route.primary() != side) {
      route.flip();
    }
    return side == Side.BLUE ? route.blue : route.green;
  }

  private static WireClient direct(PostgresDatabase primary) throws Exception {
    return new WireClient(Ground.server(primary), primary.name()).begin();
  }

  private static WireClient through() throws Exception {
    return new WireClient(route.address(), route.blue.name()).begin();
  }

  private static List<String> lastWords(WireClient client) throws Exception {
    client.forget();
    client.untilEnd();
    return client.heard();
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void aServerThatIsStoppedSaysSo(Side side) throws Exception {
    PostgresServer server = primary(side).server();
    try (WireClient direct = direct(primary(side));
        WireClient idle = through();
        WireClient busy = through()) {
      busy.ask("BEGIN");
      server.stop();

      List<String> said = lastWords(direct);
      assertThat(said)
          .containsExactly(
              "E SFATAL, VFATAL, C57P01, Mterminating connection due to administrator command",
              "end");
      assertThat(lastWords(idle)).isEqualTo(said);
      assertThat(lastWords(busy)).isEqualTo(said);
    } finally {
      server.start();
    }
    assertServed();
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void aServerThatIsKilledEndsItsSessions(Side side) throws Exception {
    PostgresServer server = primary(side).server();
    try (WireClient direct = direct(primary(side));
        WireClient idle = through()) {
      server.kill();

      // A process of it may still see that its head is gone, and say so.
      for (WireClient client : List.of(direct, idle)) {
        assertThat(lastWords(client))
            .endsWith("end")
            .allMatch(line -> line.equals("end") || line.contains("unexpected postmaster exit"));
      }
    } finally {
      server.start();
    }
    assertServed();
  }

  @ParameterizedTest
  @EnumSource(Side.class)
  void aServerThatIsNotThereIsNamed(Side side) throws Exception {
    PostgresServer server = primary(side).server();
    server.stop();
    try (WireClient client = through()) {
      assertThat(client.heard())
          .startsWith(
              "E SFATAL, VFATAL, C08001, Mno connection to the %s database: the server closed the connection"
                  .formatted(side.word()));
    } finally {
      server.start();
    }
    assertServed();
  }

  private static void assertServed() throws Exception {
    try (WireClient next = through()) {
      assertThat(next.heard().getLast()).isEqualTo("Z 1 I");
    }
  }
}
