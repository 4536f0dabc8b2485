package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Green still ends a transaction that has moved to blue, and takes its time: what the session needs
 * on green waits for that.
 */
class SlowSecondaryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int QUESTIONS = 50;

  private Proxied proxied;
  private WireClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.readAtGreen(Proxied.trusting());
    client = new WireClient(proxied.address(), proxied.blue.name()).begin();
    readUntilGreen(client);
    client.say(WireMessages.parse("named", READ), WireMessages.sync());
    client.untilReady();
    client.ask("BEGIN READ ONLY");
    client.ask(READ);
    proxied.toGreen.holdFrom("ROLLBACK");
    client.ask("SAVEPOINT here");
    proxied.toGreen.awaitHolding();
    client.ask("COMMIT");
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  @Test
  void aStatementThatOnlyBlueKnowsIsBroughtBeforeItsReadsGoToGreen() throws Exception {
    CompletableFuture<Void> ahead = proxied.traffic.connectAhead();
    letBlueAnswer();
    proxied.toGreen.release();
    ahead.get(30, TimeUnit.SECONDS);

    client.forget();
    client.say(WireMessages.bind("", "named"), WireMessages.execute("", 0), WireMessages.sync());
    client.untilReady();

    assertThat(client.heard()).anyMatch(frame -> frame.startsWith("D ") && frame.contains("green"));
  }

  @Test
  void aChangeOfPrimaryMovesTheSession() throws Exception {
    proxied.traffic.pause().get(30, TimeUnit.SECONDS);
    var moved = proxied.traffic.moveSessions(PATIENCE);
    letBlueAnswer();
    proxied.toGreen.release();

    assertThat(moved.get(60, TimeUnit.SECONDS)).isEmpty();
    proxied.traffic.resume();
  }

  /** Whatever blue was asked before this, it has answered behind it. */
  private void letBlueAnswer() throws Exception {
    try (Connection blue = proxied.blue.connect()) {
      for (int i = 0; i < QUESTIONS; i++) {
        Proxied.ask(blue, "SELECT count(*) FROM pg_catalog.pg_class");
      }
    }
  }
}
