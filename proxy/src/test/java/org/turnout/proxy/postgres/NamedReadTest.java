package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Named statements get to green in a session that reads there by now, but not without a description
 * until it is known that they give the same there.
 */
class NamedReadTest {
  private static final String NUMBER = "SELECT a FROM t";

  private Proxied proxied;
  private PreparingClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = PreparingClient.makeTable(Proxied.trusting());
    WhichSide.readAtGreen(proxied);
    client = PreparingClient.beginAtGreen(proxied);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  /** The session's statements have been brought to green, as far as they could be. */
  private void executeUntilGreen(String name) throws IOException {
    String heard;
    do {
      heard = client.execute(name);
    } while (!heard.contains("green"));
  }

  private Connection lock() throws Exception {
    Connection locking = proxied.blue.connect();
    locking.setAutoCommit(false);
    Proxied.run(locking, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    return locking;
  }

  @Test
  void whatIsLockedWhenItIsAskedForIsNotReadOnGreenUnseen() throws Exception {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    client.prepare("s", NUMBER);
    client.prepare("side", WhichSide.READ);
    try (Connection locking = lock()) {
      executeUntilGreen("side");
      locking.rollback();
    }

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatIsLockedWhenItIsAskedForAheadIsAskedForAgainInTheMove() throws Exception {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    client.prepare("s", NUMBER);
    try (Connection locking = lock()) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      locking.rollback();
    }

    proxied.flipAtOnce();

    assertThat(client.execute("s")).contains("0A000").doesNotContain("D ");
  }

  @Test
  void oneThatIsUsedOnlyInReadOnlyTransactionsGetsToGreen() throws Exception {
    client.prepare("s", WhichSide.READ);
    String heard = "";
    for (int i = 0; i < 300 && !heard.contains("green"); i++) {
      client.ask("BEGIN READ ONLY");
      heard = client.execute("s");
      client.ask("COMMIT");
    }

    assertThat(heard).contains("green");
  }

  @Test
  void newOnesKeepNoOtherReadFromGreen() throws Exception {
    for (int i = 0; i < 20; i++) {
      client.say(WireMessages.parse("s" + i, WhichSide.READ));

      assertThat(client.execute("s" + i)).contains("blue");
      assertThat(client.ask(WhichSide.READ)).contains("green");
    }
  }

  @Test
  void oneThatStandsBesideAWriteIsNotAskedFor() throws Exception {
    client.say(WireMessages.parse("s", WhichSide.READ));
    for (int i = 0; i < 20; i++) {
      byte[] write = WireMessages.parse("", "INSERT INTO t VALUES (1)");

      assertThat(client.say(PreparingClient.bind("s"), WireMessages.execute("", 0), write))
          .contains("blue");
      assertThat(client.ask(WhichSide.READ)).contains("green");
    }
  }

  @Test
  void whatGreenToldIsNoProofOfWhatThePrimaryGives() throws Exception {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    client.prepare("s", NUMBER);
    assertThat(
            client.say(
                PreparingClient.bind("s"),
                WireMessages.describePortal(""),
                WireMessages.execute("", 0)))
        .contains("D 14 ");

    for (int i = 0; i < 20; i++) {
      assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
    }
  }
}
