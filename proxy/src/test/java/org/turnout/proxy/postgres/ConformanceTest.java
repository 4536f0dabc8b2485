package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;

/**
 * A client cannot tell Turnout from the server: every case is played with the server itself and
 * through Turnout, before a change of primary and after it, and what the client hears is the same.
 * With {@code -Dpostgres.majors=all} on four majors, else on two.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
  private static final int SPEAKS_NEWER_PROTOCOLS = 18;

  private final Map<Majors, Proxied> routes = new ConcurrentHashMap<>();

  record Majors(int blue, int green) {
    @Override
    public String toString() {
      return blue + " to " + green;
    }
  }

  private static Stream<Majors> majors() {
    return "all".equals(System.getProperty("postgres.majors"))
        ? Stream.of(new Majors(14, 18), new Majors(12, 16))
        : Stream.of(new Majors(14, 18));
  }

  static Stream<Arguments> sessions() {
    return majors().flatMap(pair -> SessionCases.all().map(it -> Arguments.of(pair, it)));
  }

  static Stream<Arguments> starts() {
    return majors().flatMap(pair -> StartCases.all().map(it -> Arguments.of(pair, it)));
  }

  static Stream<Arguments> newerStarts() {
    return majors()
        .filter(pair -> pair.green() >= SPEAKS_NEWER_PROTOCOLS)
        .flatMap(pair -> StartCases.newer().map(it -> Arguments.of(pair, it)));
  }

  @AfterAll
  void stop() throws Exception {
    for (Proxied route : routes.values()) {
      route.close();
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sessions")
  void aSessionHearsWhatTheServerSays(Majors majors, WireCase wire) throws Exception {
    Proxied route = standing(majors, Side.BLUE);
    List<String> direct = session(server(route.blue), route, wire);

    List<String> through = session(route.address(), route, wire);

    assertThat(through).isEqualTo(direct);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sessions")
  void aSessionThatWasMovedHearsWhatTheOtherServerSays(Majors majors, WireCase wire)
      throws Exception {
    Proxied route = standing(majors, Side.BLUE);
    List<String> direct = session(server(route.green), route, wire);

    try (WireClient client = new WireClient(route.address(), route.blue.name()).begin()) {
      route.flip();
      client.ask("SELECT 1");
      client.forget();
      wire.script().play(client);

      assertThat(client.heard()).isEqualTo(direct);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("starts")
  void aStartIsAnsweredAsByTheServer(Majors majors, WireCase wire) throws Exception {
    Proxied route = standing(majors, Side.BLUE);

    assertThat(start(route.address(), route, wire))
        .isEqualTo(start(server(route.blue), route, wire));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource({"starts", "newerStarts"})
  void aStartIsAnsweredAsByTheOtherServerAfterAChangeOfPrimary(Majors majors, WireCase wire)
      throws Exception {
    Proxied route = standing(majors, Side.GREEN);

    assertThat(start(route.address(), route, wire))
        .isEqualTo(start(server(route.green), route, wire));
  }

  private static List<String> session(InetSocketAddress where, Proxied route, WireCase wire)
      throws Exception {
    try (WireClient client = new WireClient(where, route.blue.name()).begin()) {
      client.forget();
      wire.script().play(client);
      return client.heard();
    }
  }

  private static List<String> start(InetSocketAddress where, Proxied route, WireCase wire)
      throws Exception {
    try (WireClient client = new WireClient(where, route.blue.name())) {
      wire.script().play(client);
      return client.heard();
    }
  }

  private Proxied standing(Majors majors, Side primary) throws Exception {
    Proxied route = routes.computeIfAbsent(majors, it -> open(it));
    if (route.primary() != primary) {
      route.flip();
    }
    return route;
  }

  private static Proxied open(Majors majors) {
    try {
      return Proxied.between(majors.blue(), majors.green());
    } catch (Exception e) {
      throw new IllegalStateException("no route over " + majors, e);
    }
  }

  private static InetSocketAddress server(PostgresDatabase database) {
    return new InetSocketAddress(database.server().host(), database.server().port());
  }
}
