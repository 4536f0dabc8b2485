package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.query;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;

/**
 * A cancel request ends what the session of its key runs at that moment, and nothing else: not what
 * it ran or will run, and never what another session runs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CancelRequestTest {
  private static final int V3_0 = 3 << 16;
  private static final int V3_2 = (3 << 16) + 2;
  private static final String SLEEP = "SELECT pg_sleep(300)";
  private static final String CANCELLED = "C57014\\0;Mcanceling statement due to user request";

  private final Grounds grounds = new Grounds();

  /** When the session of the key begins, and when it is cancelled. */
  private enum When {
    BEFORE,
    ACROSS,
    AFTER
  }

  /** On what a cancel request is tried. */
  record Setting(Ground ground, When when, int version) {
    @Override
    public String toString() {
      return ground + ", " + when + " a change of primary, protocol 3." + (version - V3_0);
    }
  }

  static Stream<Setting> settings() {
    return Ground.all()
        .flatMap(
            ground ->
                Arrays.stream(When.values())
                    .flatMap(
                        when ->
                            Stream.of(V3_0, V3_2)
                                .map(version -> new Setting(ground, when, version))));
  }

  @AfterAll
  void stop() throws Exception {
    grounds.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aRunningStatementIsCancelledAndNoOtherOne(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting)) {
      clients.sleep(clients.bystander, "bystander");
      clients.sleep(clients.client, "client");

      clients.cancel(clients.client.process(), clients.client.secret());
      clients.client.untilReady();

      assertThat(clients.client.heard().getLast()).isEqualTo("Z 1 I");
      assertThat(clients.client.heard()).anyMatch(line -> line.contains(CANCELLED));
      assertThat(clients.sleeps("bystander")).isTrue();
      clients.assertServed(clients.client);
      clients.cancel(clients.bystander.process(), clients.bystander.secret());
      clients.bystander.untilReady();
      assertThat(clients.bystander.heard()).anyMatch(line -> line.contains(CANCELLED));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void whatHasEndedIsNotCancelledNorWhatComesNext(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting)) {
      for (int i = 0; i < 3; i++) {
        clients.client.ask("SELECT 1");
        clients.cancel(clients.client.process(), clients.client.secret());
        clients.assertServed(clients.client);
      }
      clients.client.ask("BEGIN");
      clients.cancel(clients.client.process(), clients.client.secret());
      clients.assertServed(clients.client);
      clients.client.ask("COMMIT");

      clients.sleep(clients.client, "client");
      clients.cancel(clients.client.process(), clients.client.secret());
      clients.client.untilReady();
      assertThat(clients.client.heard()).anyMatch(line -> line.contains(CANCELLED));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aKeyThatIsNotRightCancelsNothing(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting)) {
      clients.sleep(clients.client, "client");
      byte[] secret = clients.client.secret();
      assertThat(secret).hasSize(setting.version() == V3_0 ? 4 : 32);
      byte[] wrong = secret.clone();
      wrong[secret.length - 1] ^= 1;

      clients.cancel(clients.client.process(), wrong);
      clients.cancel(clients.client.process(), Arrays.copyOf(secret, secret.length - 1));
      clients.cancel(clients.client.process(), Arrays.copyOf(secret, secret.length + 1));
      clients.cancel(clients.client.process() + 1, secret);
      clients.cancel(clients.client.process(), clients.bystander.secret());

      assertThat(clients.sleeps("client")).isTrue();
      clients.cancel(clients.client.process(), secret);
      clients.client.untilReady();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aKeyIsWorthNothingOnceItsSessionHasEnded(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting)) {
      clients.client.say(WireMessages.goodbye());
      clients.client.untilEnd();
      clients.sleep(clients.bystander, "bystander");

      clients.cancel(clients.client.process(), clients.client.secret());

      assertThat(clients.sleeps("bystander")).isTrue();
      clients.cancel(clients.bystander.process(), clients.bystander.secret());
      clients.bystander.untilReady();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aSessionMayBeCancelledAsSoonAsItHasItsKey(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting);
        WireClient early = setting.ground().client(clients.route.address(), clients.route)) {
      early.start(setting.version());
      early.until('K');
      clients.cancel(early.process(), early.secret());
      early.untilReady();

      clients.assertServed(early);
    }
  }

  /** As drivers do it whose libraries cannot ask for it in another way. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aRequestMayComeInPlainTextWhateverTheRouteWants(Setting setting) throws Exception {
    try (Clients clients = new Clients(setting);
        WireClient plain = setting.ground().plainly(clients.route.address(), clients.route)) {
      clients.sleep(clients.client, "client");

      plain.say(WireMessages.cancel(clients.client.process(), clients.client.secret()));
      plain.untilEnd();
      clients.client.untilReady();

      assertThat(clients.client.heard()).anyMatch(line -> line.contains(CANCELLED));
    }
  }

  /** A session that is cancelled and one that is not, on a route. */
  private final class Clients implements AutoCloseable {
    private final Setting setting;
    private final Proxied route;
    private final WireClient client;
    private final WireClient bystander;

    Clients(Setting setting) throws Exception {
      this.setting = setting;
      route = grounds.standing(setting.ground(), first());
      client = begin();
      bystander = begin();
      if (setting.when() == When.ACROSS) {
        route.flip();
      }
    }

    private Side first() {
      return setting.when() == When.AFTER ? Side.GREEN : Side.BLUE;
    }

    private WireClient begin() throws Exception {
      WireClient begun = setting.ground().client(route.address(), route);
      begun.start(setting.version());
      begun.untilReady();
      return begun;
    }

    private PostgresDatabase primary() {
      return route.primary() == Side.BLUE ? route.blue : route.green;
    }

    /** Begins a statement that does not end by itself. */
    void sleep(WireClient who, String name) throws Exception {
      who.ask("SET application_name = '" + name + "'");
      who.forget();
      who.say(query(SLEEP));
      ServerView.await(primary(), sleeping(name));
    }

    boolean sleeps(String name) throws Exception {
      return ServerView.has(primary(), sleeping(name));
    }

    private static String sleeping(String name) {
      return "application_name = '" + name + "' AND wait_event = 'PgSleep'";
    }

    /** Asks to cancel; returns when that was done. */
    void cancel(int process, byte[] secret) throws Exception {
      try (WireClient asking = setting.ground().client(route.address(), route)) {
        asking.say(WireMessages.cancel(process, secret));
        asking.untilEnd();
        assertThat(asking.heard()).containsExactly("end");
      }
    }

    void assertServed(WireClient who) throws Exception {
      who.forget();
      who.ask("SELECT 'served'");
      assertThat(who.heard()).anyMatch(line -> line.startsWith("C ") && line.contains("SELECT 1"));
    }

    @Override
    public void close() throws Exception {
      client.close();
      bystander.close();
    }
  }
}
