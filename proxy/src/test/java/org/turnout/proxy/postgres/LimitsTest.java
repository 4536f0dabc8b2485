package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.query;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.turnout.config.LimitsConfig;

/** What one client takes is never at the cost of another one beyond the limits of the route. */
class LimitsTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @Test
  void theClientThatIsOneTooManyIsRefusedAsByTheServerUntilAnotherOneHasLeft() throws Exception {
    LimitsConfig two = limits(OptionalInt.of(2), OptionalInt.empty());
    try (Proxied route = Proxied.limited(two);
        WireClient first = client(route).begin();
        WireClient second = client(route).begin();
        WireClient third = client(route).begin()) {
      assertThat(third.heard())
          .containsExactly("E SFATAL, VFATAL, C53300, Msorry, too many clients already", "end");

      second.say(WireMessages.goodbye());
      second.untilEnd();
      assertThat(served(route)).isTrue();
      first.ask("SELECT 1");
      assertThat(first.heard()).contains("Z 1 I");
    }
  }

  @Test
  void clientsOfOneAddressAreCounted() throws Exception {
    LimitsConfig one = limits(OptionalInt.empty(), OptionalInt.of(1));
    try (Proxied route = Proxied.limited(one);
        WireClient first = client(route).begin();
        WireClient second = client(route).begin()) {
      assertThat(first.heard()).contains("Z 1 I");
      assertThat(second.heard())
          .containsExactly(
              "E SFATAL, VFATAL, C53300, Mtoo many connections from this address", "end");
    }
  }

  @Test
  void whoNeverSaysWhoTheyAreIsDroppedWithoutAWord() throws Exception {
    LimitsConfig soon = times(Duration.ofSeconds(1), Duration.ZERO, LONG);
    try (Proxied route = Proxied.limited(soon);
        WireClient silent = client(route)) {
      silent.untilEnd();

      assertThat(silent.heard()).containsExactly("end");
    }
  }

  @Test
  void anIdleSessionIsEndedAsByTheServerAndOneInATransactionIsNot() throws Exception {
    LimitsConfig soon = times(LONG, Duration.ofSeconds(1), LONG);
    try (Proxied route = Proxied.limited(soon);
        WireClient busy = client(route).begin()) {
      busy.ask("BEGIN");
      try (WireClient idle = client(route).begin()) {
        idle.forget();
        idle.untilEnd();
        assertThat(idle.heard())
            .containsExactly(
                "E SFATAL, VFATAL, C57P05, Mterminating connection due to idle-session timeout",
                "end");
      }
      busy.forget();
      busy.ask("COMMIT");
      assertThat(busy.heard()).contains("Z 1 I");
      busy.say(WireMessages.goodbye());
    }
  }

  @Test
  void aStopWaitsForTheTransactionThatRunsAndThenEndsAsAServer() throws Exception {
    try (Proxied route = Proxied.limited(times(LONG, Duration.ZERO, LONG));
        WireClient busy = client(route).begin();
        WireClient idle = client(route).begin()) {
      route.blue.execute("CREATE TABLE kept (a int)");
      busy.ask("BEGIN");
      CompletableFuture<Void> closed = route.traffic.close();
      busy.ask("INSERT INTO kept VALUES (1)");
      assertThat(closed).isNotDone();

      busy.forget();
      busy.say(query("COMMIT"));
      busy.untilEnd();
      idle.forget();
      idle.untilEnd();

      String words =
          "E SFATAL, VFATAL, C57P01, Mterminating connection due to administrator command";
      assertThat(busy.heard()).containsExactly("C 7 COMMIT\\0;", "Z 1 I", words, "end");
      assertThat(idle.heard()).containsExactly(words, "end");
      closed.get(30, TimeUnit.SECONDS);
      try (var direct = route.blue.connect()) {
        assertThat(Proxied.ask(direct, "SELECT count(*) FROM kept")).isEqualTo("1");
      }
    }
  }

  @Test
  void aStopDoesNotWaitLongerThanItMay() throws Exception {
    try (Proxied route = Proxied.limited(times(LONG, Duration.ZERO, Duration.ofMillis(100)));
        WireClient busy = client(route).begin()) {
      busy.ask("BEGIN");
      busy.forget();
      route.traffic.close();
      busy.untilEnd();

      assertThat(busy.heard())
          .containsExactly(
              "E SFATAL, VFATAL, C57P01, Mterminating connection due to administrator command",
              "end");
    }
  }

  /** Whether a place becomes free: the server's side of the closed one may come a moment later. */
  private static boolean served(Proxied route) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < until) {
      try (WireClient next = client(route).begin()) {
        if (next.heard().contains("Z 1 I")) {
          return true;
        }
      }
      Thread.onSpinWait();
    }
    return false;
  }

  private static WireClient client(Proxied route) throws Exception {
    return new WireClient(route.address(), route.blue.name());
  }

  private static LimitsConfig limits(OptionalInt all, OptionalInt ofAddress) {
    return new LimitsConfig(all, ofAddress, LONG, Duration.ZERO, Duration.ZERO, LONG);
  }

  private static LimitsConfig times(Duration authentication, Duration idle, Duration stop) {
    return new LimitsConfig(
        OptionalInt.empty(), OptionalInt.empty(), authentication, idle, LONG, stop);
  }
}
