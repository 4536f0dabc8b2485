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
  private static final String INTEGER = "D 10 \\0;\\1;\\0;\\0;\\0;\\4;\\0;\\0;\\0;\\7;";
  private static final int[] BINARY = {1};

  private Proxied proxied;
  private WireClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
    WhichSide.readAtGreen(proxied);
    client = new WireClient(proxied.address(), proxied.blue.name()).begin();
    WhichSide.readUntilGreen(client);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  /** What the client hears up to ReadyForQuery, as one text. */
  private String say(byte[]... messages) throws IOException {
    client.forget();
    client.say(WireMessages.join(messages), WireMessages.sync());
    client.untilReady();
    return String.join("\n", client.heard());
  }

  private void prepare(String name, String sql) throws IOException {
    say(WireMessages.parse(name, sql), WireMessages.describeStatement(name));
  }

  private static byte[] bind(String name) {
    return WireMessages.bind("", name, new int[0], BINARY);
  }

  /** Without a description. */
  private String execute(String name) throws IOException {
    return say(bind(name), WireMessages.execute("", 0));
  }

  private String ask(String sql) throws IOException {
    client.forget();
    client.ask(sql);
    return String.join("\n", client.heard());
  }

  /** The session's statements have been brought to green, as far as they could be. */
  private void executeUntilGreen(String name) throws IOException {
    String heard;
    do {
      heard = execute(name);
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
    prepare("s", NUMBER);
    prepare("side", WhichSide.READ);
    try (Connection locking = lock()) {
      executeUntilGreen("side");
      locking.rollback();
    }

    assertThat(execute("s")).contains(INTEGER);
  }

  @Test
  void whatIsLockedWhenItIsAskedForAheadIsAskedForAgainInTheMove() throws Exception {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    prepare("s", NUMBER);
    try (Connection locking = lock()) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      locking.rollback();
    }

    proxied.flipAtOnce();

    assertThat(execute("s")).contains("0A000").doesNotContain("D ");
  }

  @Test
  void oneThatIsUsedOnlyInReadOnlyTransactionsGetsToGreen() throws Exception {
    prepare("s", WhichSide.READ);
    String heard = "";
    for (int i = 0; i < 300 && !heard.contains("green"); i++) {
      ask("BEGIN READ ONLY");
      heard = execute("s");
      ask("COMMIT");
    }

    assertThat(heard).contains("green");
  }

  @Test
  void newOnesKeepNoOtherReadFromGreen() throws Exception {
    for (int i = 0; i < 20; i++) {
      say(WireMessages.parse("s" + i, WhichSide.READ));

      assertThat(execute("s" + i)).contains("blue");
      assertThat(ask(WhichSide.READ)).contains("green");
    }
  }

  @Test
  void oneThatStandsBesideAWriteIsNotAskedFor() throws Exception {
    say(WireMessages.parse("s", WhichSide.READ));
    for (int i = 0; i < 20; i++) {
      byte[] write = WireMessages.parse("", "INSERT INTO t VALUES (1)");

      assertThat(say(bind("s"), WireMessages.execute("", 0), write)).contains("blue");
      assertThat(ask(WhichSide.READ)).contains("green");
    }
  }

  @Test
  void whatGreenToldIsNoProofOfWhatThePrimaryGives() throws Exception {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    prepare("s", NUMBER);
    assertThat(say(bind("s"), WireMessages.describePortal(""), WireMessages.execute("", 0)))
        .contains("D 14 ");

    for (int i = 0; i < 20; i++) {
      assertThat(execute("s")).contains(INTEGER);
    }
  }
}
