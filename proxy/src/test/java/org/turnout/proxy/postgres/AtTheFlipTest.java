package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.Proxied.run;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;

/** What is under way between the old primary and a client when the primary changes. */
class AtTheFlipTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Standing SWITCHED = new Standing(Epoch.FIRST.next(), Side.GREEN);
  private static final String TERMINATE = "X\0\0\0\4";
  private static final String SYNC = "S\0\0\0\4";

  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  @Test
  void aNotificationThatIsStillUnderWayReachesItsClient() throws Exception {
    try (Connection client = proxied.connect();
        Connection atBlue = proxied.blue.connect()) {
      run(client, "LISTEN news");
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.toBlue.holdAnswerFrom("sent before");
      run(atBlue, "NOTIFY news, 'sent before'");
      proxied.toBlue.awaitHolding();
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      long before = proxied.toBlue.sentToServer();

      CompletableFuture<Void> switched = moveAndFlip();
      while (!switched.isDone() && proxied.toBlue.sentToServer() == before) {
        Thread.onSpinWait();
      }
      proxied.toBlue.release();
      switched.get(30, TimeUnit.SECONDS);

      assertThat(client.unwrap(PGConnection.class).getNotifications(30_000))
          .extracting(PGNotification::getParameter)
          .containsExactly("sent before");
    }
  }

  @Test
  void aClientThatHasJustSaidGoodbyeHearsNothingOfIt() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      assertThat(proxied.traffic.moveSessions(PATIENCE).get(30, TimeUnit.SECONDS)).isEmpty();
      proxied.toBlue.holdFrom(TERMINATE);
      client.say(WireMessages.goodbye());
      proxied.toBlue.awaitHolding();
      client.forget();

      proxied.traffic.flip(SWITCHED).get(30, TimeUnit.SECONDS);
      proxied.traffic.resume();
      client.untilEnd();

      assertThat(client.heard()).noneMatch(frame -> frame.contains("57P01"));
      proxied.toBlue.release();
    }
  }

  @Test
  void aListenerThatVanishesWhileItIsMovedIsNotInTheWay() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      client.ask("LISTEN news");
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      proxied.toBlue.holdFrom(SYNC);
      var moved = proxied.traffic.moveSessions(PATIENCE);
      proxied.toBlue.awaitHolding();

      client.vanish();

      assertThat(moved.get(60, TimeUnit.SECONDS)).isEmpty();
      proxied.toBlue.release();
    }
  }

  @Test
  void aClientThatLeavesWhileItsUnnamedStatementIsBroughtIsNotInTheWay() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      client.say(WireMessages.parse("", "SELECT 'unnamed'"), WireMessages.sync());
      client.untilReady();
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      proxied.toGreen.holdFrom("SELECT 'unnamed'");
      var moved = proxied.traffic.moveSessions(PATIENCE);
      proxied.toGreen.awaitHolding();

      client.say(WireMessages.goodbye());
      client.untilEnd();

      assertThat(moved.get(60, TimeUnit.SECONDS)).isEmpty();
      proxied.toGreen.release();
    }
  }

  @Test
  void whatIsDifferentOnTheNewPrimaryIsToldBeforeTheNextAnswer() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      client.forget();
      moveAndFlip().get(30, TimeUnit.SECONDS);

      client.ask("SELECT 'an answer'");

      assertThat(client.heard()).anyMatch(frame -> frame.contains("server_version"));
      assertThat(client.heard().getFirst()).startsWith("S ");
    }
  }

  @Test
  void aStatementThatIsCancelledWhileItIsHeldIsNotBegun() throws Exception {
    proxied.onBoth("CREATE TABLE begun (a int)");
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin();
        WireClient other = new WireClient(proxied.address(), proxied.blue.name())) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      client.forget();
      client.say(WireMessages.query("INSERT INTO begun VALUES (1)"));
      cancelHeld(client, other);

      moveAndFlip().get(30, TimeUnit.SECONDS);
      client.ask("SELECT 1");
      assertNothingBegun();
    }
  }

  @Test
  void framesThatServersIgnoreBeforeAStatementAreCancelledWithIt() throws Exception {
    proxied.onBoth("CREATE TABLE begun (a int)");
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin();
        WireClient other = new WireClient(proxied.address(), proxied.blue.name())) {
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      client.forget();
      client.say(
          WireMessages.copyData("late"),
          WireMessages.copyDone(),
          WireMessages.flush(),
          WireMessages.query("INSERT INTO begun VALUES (1)"),
          WireMessages.run("SELECT 'next'"),
          WireMessages.sync());
      cancelHeld(client, other);

      client.forget();
      proxied.traffic.resume();
      client.untilReady();
      assertThat(client.heard()).anyMatch(frame -> frame.contains("next"));
      assertNothingBegun();
    }
  }

  /** Has the statement cancelled that the client has said while the gate is closed. */
  private void cancelHeld(WireClient client, WireClient other) throws Exception {
    while (!proxied.traffic.sessions().getFirst().state().equals("paused")) {
      Thread.onSpinWait();
    }
    other.say(WireMessages.cancel(client.process(), client.secret()));
    client.untilReady();
    assertThat(client.heard()).anyMatch(frame -> frame.contains("57014"));
  }

  private void assertNothingBegun() throws Exception {
    for (var database : List.of(proxied.blue, proxied.green)) {
      try (Connection connection = database.connect()) {
        assertThat(Proxied.ask(connection, "SELECT count(*) FROM begun")).isEqualTo("0");
      }
    }
  }

  private CompletableFuture<Void> moveAndFlip() {
    return proxied
        .traffic
        .moveSessions(PATIENCE)
        .thenCompose(
            (List<Traffic.Immovable> immovable) -> {
              assertThat(immovable).isEmpty();
              return proxied.traffic.flip(SWITCHED);
            })
        .thenRun(proxied.traffic::resume);
  }
}
