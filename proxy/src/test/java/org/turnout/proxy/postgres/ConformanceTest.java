package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.Side;

/**
 * A client cannot tell Turnout from the server: every case is played with the server itself and
 * through Turnout, in plain text and encrypted, before a change of primary and after it, and what
 * the client hears is the same. With {@code -Dpostgres.majors=all} on four majors, else on two.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
  /** The first major that takes TLS from the first byte. */
  private static final int ENCRYPTS_AT_ONCE = 17;

  private static final int SPEAKS_NEWER_PROTOCOLS = 18;

  /** The first major that does not wait for the rest of what cannot be a message. */
  private static final int LIMITS_MESSAGES = 14;

  /** The first major that refuses in today's words whoever is not encrypted as they should be. */
  private static final int SAYS_NO_ENCRYPTION = 14;

  private final Grounds grounds = new Grounds();

  static Stream<Arguments> sessions() {
    return on(
        ground ->
            Stream.of(
                    SessionCases.all(),
                    ground.encrypted() ? Stream.<WireCase>of() : BrokenCases.ends().stream(),
                    ground.blue() >= LIMITS_MESSAGES
                        ? BrokenCases.limits().stream()
                        : Stream.<WireCase>of())
                .flatMap(all -> all));
  }

  static Stream<Arguments> starts() {
    return on(ground -> StartCases.all());
  }

  static Stream<Arguments> newerStarts() {
    return on(
        ground ->
            ground.green() >= SPEAKS_NEWER_PROTOCOLS ? StartCases.newer() : Stream.<WireCase>of());
  }

  static Stream<Arguments> openings() {
    return on(ground -> openings(ground, ground.blue()));
  }

  static Stream<Arguments> openingsAfterwards() {
    return on(ground -> openings(ground, ground.green()));
  }

  private static Stream<WireCase> openings(Ground ground, int major) {
    if (!ground.encrypted()) {
      return Stream.of(
              StartCases.plain(),
              major >= SAYS_NO_ENCRYPTION ? StartCases.plainWrong() : Stream.<WireCase>of(),
              major >= SPEAKS_NEWER_PROTOCOLS ? StartCases.plainNewer() : Stream.<WireCase>of())
          .flatMap(all -> all);
    }
    return Stream.of(
            StartCases.encrypting(),
            major >= SAYS_NO_ENCRYPTION ? StartCases.unencrypted() : Stream.<WireCase>of(),
            major >= ENCRYPTS_AT_ONCE ? StartCases.encryptingAtOnce() : Stream.<WireCase>of())
        .flatMap(all -> all);
  }

  private static Stream<Arguments> on(Function<Ground, Stream<WireCase>> cases) {
    return Ground.all()
        .flatMap(ground -> cases.apply(ground).map(wire -> Arguments.of(ground, wire)));
  }

  @AfterAll
  void stop() throws Exception {
    grounds.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sessions")
  void aSessionHearsWhatTheServerSays(Ground ground, WireCase wire) throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);
    List<String> direct = session(Ground.server(route.blue), ground, route, wire);

    List<String> through = session(route.address(), ground, route, wire);

    assertThat(through).isEqualTo(direct);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sessions")
  void aSessionThatWasMovedHearsWhatTheOtherServerSays(Ground ground, WireCase wire)
      throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);
    List<String> direct = session(Ground.server(route.green), ground, route, wire);

    try (WireClient client = ground.client(route.address(), route).begin()) {
      route.flip();
      client.ask("SELECT 1");
      client.forget();
      wire.script().play(client);

      assertThat(client.heard()).isEqualTo(direct);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("starts")
  void aStartIsAnsweredAsByTheServer(Ground ground, WireCase wire) throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);

    assertThat(start(route.address(), ground, route, wire))
        .isEqualTo(start(Ground.server(route.blue), ground, route, wire));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource({"starts", "newerStarts"})
  void aStartIsAnsweredAsByTheOtherServerAfterAChangeOfPrimary(Ground ground, WireCase wire)
      throws Exception {
    Proxied route = grounds.standing(ground, Side.GREEN);

    assertThat(start(route.address(), ground, route, wire))
        .isEqualTo(start(Ground.server(route.green), ground, route, wire));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("openings")
  void encryptionIsAgreedOnAsWithTheServer(Ground ground, WireCase wire) throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);

    assertThat(opening(route.address(), ground, route, wire))
        .isEqualTo(opening(Ground.server(route.blue), ground, route, wire));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("openingsAfterwards")
  void encryptionIsAgreedOnAsWithTheOtherServerAfterAChangeOfPrimary(Ground ground, WireCase wire)
      throws Exception {
    Proxied route = grounds.standing(ground, Side.GREEN);

    assertThat(opening(route.address(), ground, route, wire))
        .isEqualTo(opening(Ground.server(route.green), ground, route, wire));
  }

  private static List<String> session(
      InetSocketAddress where, Ground ground, Proxied route, WireCase wire) throws Exception {
    try (WireClient client = ground.client(where, route).begin()) {
      client.forget();
      wire.script().play(client);
      return client.heard();
    }
  }

  private static List<String> start(
      InetSocketAddress where, Ground ground, Proxied route, WireCase wire) throws Exception {
    try (WireClient client = ground.client(where, route)) {
      wire.script().play(client);
      return client.heard();
    }
  }

  private static List<String> opening(
      InetSocketAddress where, Ground ground, Proxied route, WireCase wire) throws Exception {
    try (WireClient client = ground.plainly(where, route)) {
      wire.script().play(client);
      return client.heard();
    }
  }
}
