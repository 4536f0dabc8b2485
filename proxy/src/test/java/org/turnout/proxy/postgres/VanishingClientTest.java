package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.copyData;
import static org.turnout.proxy.postgres.WireMessages.header;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;

/** A client that is gone without a goodbye leaves no lock, no transaction and no session. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VanishingClientTest {
  private final Grounds grounds = new Grounds();

  /** What the client is doing when it goes, inside a transaction that holds a lock. */
  private enum Doing {
    NOTHING {
      @Override
      void play(WireClient client, PostgresDatabase primary) {}
    },
    HALF_A_MESSAGE {
      @Override
      void play(WireClient client, PostgresDatabase primary) throws Exception {
        client.say(header('Q', 100, (byte) 'S'));
      }
    },
    A_PIPELINE {
      @Override
      void play(WireClient client, PostgresDatabase primary) throws Exception {
        client.say(parse("s", "SELECT 1"), WireMessages.flush());
        client.until('1');
      }
    },
    COPY_IN {
      @Override
      void play(WireClient client, PostgresDatabase primary) throws Exception {
        client.say(query("COPY locked FROM STDIN"));
        client.until('G');
        client.say(copyData("1\n"));
      }
    },
    HALF_OF_COPY_DATA {
      @Override
      void play(WireClient client, PostgresDatabase primary) throws Exception {
        client.say(query("COPY locked FROM STDIN"));
        client.until('G');
        client.say(header('d', 1 << 20, (byte) '1'));
      }
    },
    NOT_READING {
      @Override
      void play(WireClient client, PostgresDatabase primary) throws Exception {
        client.say(query("SELECT repeat('x', 100000) FROM generate_series(1, 1000)"));
        ServerView.await(primary, "application_name = 'gone' AND wait_event = 'ClientWrite'");
      }
    };

    abstract void play(WireClient client, PostgresDatabase primary) throws Exception;
  }

  static Stream<Arguments> cases() {
    return Ground.all()
        .flatMap(
            ground ->
                Stream.of(Side.values())
                    .flatMap(
                        side ->
                            Arrays.stream(Doing.values())
                                .flatMap(
                                    doing ->
                                        Stream.of(
                                            Arguments.of(ground, side, doing, true),
                                            Arguments.of(ground, side, doing, false)))));
  }

  @AfterAll
  void stop() throws Exception {
    grounds.close();
  }

  @Test
  void whoLeavesWhileItsSessionWaitsForTheGateIsNotKept() throws Exception {
    try (Proxied route = Proxied.trusting();
        WireClient starting = new WireClient(route.address(), route.blue.name())) {
      route.traffic.pause().get(30, TimeUnit.SECONDS);
      starting.start(3 << 16);
      starting.sayNoMore();
      starting.untilEnd();
      assertThat(starting.heard()).containsExactly("end");
      route.traffic.resume();
    }
  }

  @Test
  void whatWasSaidLastWhileTheGateIsClosedIsDoneOnTheNewPrimary() throws Exception {
    try (Proxied route = Proxied.trusting();
        WireClient hearing = new WireClient(route.address(), route.blue.name()).begin();
        WireClient leaving = new WireClient(route.address(), route.blue.name()).begin();
        WireClient resting = new WireClient(route.address(), route.blue.name()).begin()) {
      route.onBoth("CREATE TABLE last (word text)");
      route.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      route.traffic.pause().get(30, TimeUnit.SECONDS);
      hearing.forget();
      hearing.say(query("INSERT INTO last VALUES ('heard')"));
      hearing.sayNoMore();
      leaving.say(query("INSERT INTO last VALUES ('left')"), WireMessages.goodbye());
      leaving.sayNoMore();
      resting.sayNoMore();
      resting.untilEnd();
      while (route.traffic.sessions().stream()
              .filter(session -> session.state().equals("paused"))
              .count()
          < 2) {
        Thread.onSpinWait();
      }

      route.flipAtOnce();

      hearing.untilEnd();
      leaving.untilEnd();
      assertThat(hearing.heard()).anyMatch(frame -> frame.contains("INSERT 0 1")).endsWith("end");
      try (var green = route.green.connect()) {
        assertThat(Proxied.ask(green, "SELECT string_agg(word, ' ' ORDER BY word) FROM last"))
            .isEqualTo("heard left");
      }
    }
  }

  /**
   * A server that has read both messages does the first one, whatever becomes of the connection;
   * one that is told of a reset before may do neither.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasSaidBeforeALastGoodbyeInAPauseThatIsGivenUpIsDoneOnceOrNot(boolean reset)
      throws Exception {
    try (Proxied route = Proxied.trusting();
        WireClient client = new WireClient(route.address(), route.blue.name())) {
      client.begin("application_name", "gone");
      route.onBoth("CREATE TABLE last (word text)");
      route.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      route.traffic.pause().get(30, TimeUnit.SECONDS);
      assertThat(route.traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS))
          .isEmpty();
      client.say(query("INSERT INTO last VALUES ('said')"), WireMessages.goodbye());
      while (route.traffic.figures().bytesIn() == 0) {
        Thread.onSpinWait();
      }
      if (reset) {
        client.vanish();
      } else {
        client.close();
      }

      route.traffic.resume();
      route.traffic.forgetAhead();

      while (!route.traffic.sessions().isEmpty()) {
        Thread.onSpinWait();
      }
      while (ServerView.has(route.blue, "application_name = 'gone'")) {
        Thread.onSpinWait();
      }
      try (var blue = route.blue.connect();
          var green = route.green.connect()) {
        assertThat(Proxied.ask(blue, "SELECT count(*) FROM last"))
            .isIn(reset ? List.of("0", "1") : List.of("1"));
        assertThat(Proxied.ask(green, "SELECT count(*) FROM last")).isEqualTo("0");
      }
    }
  }

  @ParameterizedTest(name = "{0}: {1}, {2}, reset: {3}")
  @MethodSource("cases")
  void itsTransactionEndsAndItsLocksAreReleased(
      Ground ground, Side side, Doing doing, boolean reset) throws Exception {
    Proxied route = grounds.standing(ground, side);
    PostgresDatabase primary = side == Side.BLUE ? route.blue : route.green;
    primary.execute("CREATE TABLE locked (a int)");
    WireClient client = ground.client(route.address(), route);
    client.begin("application_name", "gone");
    client.ask("BEGIN; LOCK TABLE locked; INSERT INTO locked VALUES (0)");
    doing.play(client, primary);

    if (reset) {
      client.vanish();
    } else {
      client.close();
    }

    // Waits for the lock, which goes with the transaction; then nothing of it is there.
    try (var direct = primary.connect()) {
      Proxied.run(direct, "SET lock_timeout = '60s'");
      assertThat(Proxied.ask(direct, "SELECT count(*) FROM locked")).isEqualTo("0");
    }
    primary.execute("DROP TABLE locked");
    while (!route.traffic.sessions().isEmpty()) {
      Thread.onSpinWait();
    }
  }
}
