package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A statement whose table is gone while its session moves serves again when the table is there
 * again, as on a server, and is refused where that gives something else than the client was told.
 */
class RecreatedTableTest {
  private static final String READ = "SELECT a FROM t";
  private static final String STALE = "0A000";
  private static final String MISSING = "42P01";
  private static final String SEVEN = "CREATE TABLE t (a int); INSERT INTO t VALUES (7)";

  private Proxied proxied;
  private PreparingClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = PreparingClient.makeTable(Proxied.trusting());
    client = PreparingClient.begin(proxied);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  /**
   * Moves the session, of whose statements it is known what they give, to a server that cannot make
   * them.
   */
  private void moveWithoutTable() throws Exception {
    proxied.flip();
    proxied.onBoth("DROP TABLE t");
    proxied.flip();
  }

  @Test
  void servesAgain() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER).doesNotContain("SERROR");
    assertThat(client.execute("s")).contains(PreparingClient.INTEGER).doesNotContain("SERROR");
    assertThat(client.ask("SELECT statement FROM pg_prepared_statements"))
        .contains(READ, "SELECT 1");
  }

  @Test
  void aChangeServesAgain() throws Exception {
    client.prepare("s", "UPDATE t SET a = $1", 23);
    moveWithoutTable();
    assertThat(client.execute("s", "8")).contains(MISSING);
    proxied.onBoth(SEVEN);

    assertThat(client.execute("s", "8")).contains("UPDATE 1").doesNotContain("SERROR");
  }

  @Test
  void servesAgainInsideATransaction() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    client.ask("BEGIN; " + SEVEN);

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER).doesNotContain("SERROR");
    assertThat(client.ask("COMMIT")).contains("COMMIT");
  }

  @Test
  void isDescribedAsItWas() throws Exception {
    String before = client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);

    String row = before.substring(before.indexOf("T "), before.indexOf("a\\0"));
    assertThat(client.say(WireMessages.describeStatement("s"))).contains(row);
  }

  @Test
  void isMissingAsOnAServerWhileItIs() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();

    for (int i = 0; i < 3; i++) {
      assertThat(client.execute("s")).contains(MISSING).containsOnlyOnce("\nZ ");
    }
    client.ask("BEGIN");
    assertThat(client.execute("s")).contains(MISSING);
    assertThat(client.execute("s")).contains("25P02");
    client.ask("ROLLBACK");
    proxied.onBoth(SEVEN);
    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
  }

  @Test
  void isRefusedWhereItGivesSomethingElse() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth("CREATE TABLE t (a bigint); INSERT INTO t VALUES (7)");

    for (int i = 0; i < 3; i++) {
      assertThat(client.execute("s")).contains(STALE).doesNotContain("D ");
    }
    assertThat(client.say(WireMessages.describeStatement("s"))).contains(STALE);
    client.say(WireMessages.closeStatement("s"));
    assertThat(client.prepare("s", READ)).doesNotContain("SERROR");
    assertThat(client.execute("s")).contains("D ").doesNotContain(STALE);
  }

  @Test
  void servesAgainAfterSeveralMoves() throws Exception {
    client.prepare("s", READ);
    client.prepare("typed", "SELECT a FROM t WHERE a > $1", 23);
    moveWithoutTable();
    proxied.flip();
    proxied.flip();
    proxied.onBoth(SEVEN);

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
    proxied.flip();
    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
    assertThat(client.execute("typed", "1")).contains(PreparingClient.INTEGER);
  }

  /**
   * The client closes it twice, once in vain, and maybe prepares it anew each time; hears all.
   *
   * @param other what it prepares, or empty for nothing
   */
  private String closeTwice(String other) throws Exception {
    byte[] close = WireMessages.closeStatement("s");
    byte[] again =
        other.isEmpty() ? close : WireMessages.join(close, WireMessages.parse("s", other));
    client.say(PreparingClient.bind("nowhere"), again, WireMessages.sync(), again);
    return client.hear();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "SELECT 9"})
  void oneThatWasClosedInVainAndThenClosedDoesNotComeBack(String other) throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);

    assertThat(closeTwice(other)).contains("3 ");
    assertThat(client.execute("s"))
        .contains(other.isEmpty() ? "C26000" : "\\0;\\9;")
        .doesNotContain(PreparingClient.INTEGER);
  }

  @Test
  void oneThatWasClosedInVainAndThenDroppedDoesNotComeBack() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    client.say(
        PreparingClient.bind("nowhere"),
        WireMessages.closeStatement("s"),
        WireMessages.sync(),
        WireMessages.query("DEALLOCATE s"));
    client.hear();
    client.hear();

    assertThat(client.execute("s")).contains("C26000");
  }

  @Test
  void oneThatNobodyKnowsServesWithALargeValue() throws Exception {
    client.prepare("s", "SELECT a FROM t WHERE $1 <> ''", 25);
    moveUnknownWithoutTable();
    proxied.onBoth(SEVEN);

    assertThat(
            client.say(
                PreparingClient.bind("s", "x".repeat(60_000)),
                WireMessages.describePortal(""),
                WireMessages.execute("", 0)))
        .contains(PreparingClient.INTEGER);
  }

  private static byte[][] bytewise(byte[] message) {
    byte[][] bytes = new byte[message.length][];
    for (int i = 0; i < message.length; i++) {
      bytes[i] = new byte[] {message[i]};
    }
    return bytes;
  }

  /** Moves the session before anybody knows what its statements gave. */
  private void moveUnknownWithoutTable() throws Exception {
    proxied.onBoth("DROP TABLE t");
    proxied.flip();
  }

  @Test
  void oneThatNobodyKnowsServesWhoAsksWhatItGives() throws Exception {
    client.prepare("s", READ);
    client.prepare("other", READ);
    moveUnknownWithoutTable();
    assertThat(client.execute("s")).contains(MISSING);
    assertThat(describeAndExecute("s")).contains(MISSING);
    proxied.onBoth(SEVEN);

    for (int i = 0; i < 2; i++) {
      assertThat(client.execute("s")).contains(STALE).containsOnlyOnce("\nZ ");
    }
    assertThat(describeAndExecute("s")).contains("T ", PreparingClient.INTEGER);
    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
    assertThat(client.execute("other")).contains(STALE);
    assertThat(client.say(WireMessages.describeStatement("other"))).contains("T ");
    assertThat(client.execute("other")).contains(PreparingClient.INTEGER);
  }

  @Test
  void oneThatNobodyKnowsGivesWhatTheClientIsTold() throws Exception {
    client.prepare("s", READ);
    moveUnknownWithoutTable();
    proxied.onBoth("CREATE TABLE t (a bigint); INSERT INTO t VALUES (7)");

    assertThat(describeAndExecute("s")).contains("T ", "\\8;").doesNotContain("SERROR");
    proxied.flip();
    assertThat(client.execute("s")).contains("\\8;").doesNotContain("SERROR");
  }

  @Test
  void oneThatNobodyKnowsServesAfterSeveralMovesHoweverItsMessagesAreCut() throws Exception {
    client.prepare("a name", READ);
    moveUnknownWithoutTable();
    proxied.flip();
    proxied.flip();
    proxied.onBoth(SEVEN);
    byte[] all =
        WireMessages.join(
            WireMessages.bind("a portal", "a name", new int[0], new int[] {1}),
            WireMessages.describePortal("a portal"),
            WireMessages.execute("a portal", 0));

    assertThat(client.sayApart(bytewise(all)))
        .contains(PreparingClient.INTEGER)
        .doesNotContain("SERROR");
  }

  @Test
  void oneThatNobodyKnowsIsRefusedWhoDescribesAnother() throws Exception {
    client.prepare("s", READ);
    moveUnknownWithoutTable();
    proxied.onBoth(SEVEN);

    assertThat(
            client.say(
                PreparingClient.bind("s"),
                WireMessages.describePortal("other"),
                WireMessages.execute("", 0)))
        .contains(STALE);
    assertThat(client.say(PreparingClient.bind("s"), WireMessages.flush())).contains(STALE);
  }

  /** Its error kept the client from being told what it gives. */
  @Test
  void oneThatNobodyKnowsIsUnknownAgainWhereItWasNotMade() throws Exception {
    client.prepare("s", READ);
    moveUnknownWithoutTable();
    proxied.onBoth(SEVEN);
    client.ask("BEGIN");
    client.ask("SELECT 1 / 0");

    assertThat(describeAndExecute("s")).contains("25P02");
    client.ask("ROLLBACK");
    assertThat(client.execute("s")).contains(STALE);
    assertThat(describeAndExecute("s")).contains(PreparingClient.INTEGER);
  }

  private String describeAndExecute(String name) throws IOException {
    return client.say(
        PreparingClient.bind(name), WireMessages.describePortal(""), WireMessages.execute("", 0));
  }

  /** What SQL has prepared is made again by the next move. */
  @Test
  void oneThatSqlHasPreparedServesAfterTheNextMove() throws Exception {
    client.ask("PREPARE s (int) AS SELECT a FROM t WHERE a > $1");
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    assertThat(client.ask("EXECUTE s(1)")).contains(STALE);

    proxied.flip();

    assertThat(client.ask("EXECUTE s(1)")).contains("SELECT 1").doesNotContain("SERROR");
  }

  @Test
  void whatWouldTakeItsPlaceAndIsRefusedOrSkippedDoesNot() throws Exception {
    client.prepare("s", READ);
    client.prepare("other", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    byte[] again = WireMessages.parse("s", "SELECT 7");

    assertThat(client.say(again, WireMessages.closeStatement("other"))).contains("42P05");
    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
    assertThat(client.execute("other")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatIsPreparedByItsNameIsWhatServes() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    client.say(WireMessages.closeStatement("s"));
    assertThat(client.execute("s")).contains("26000");
    client.prepare("s", "SELECT 7");
    proxied.onBoth("CREATE TABLE t (a int)");

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
  }

  @Test
  void isMadeAgainOnceInAUnitAndAgainWhereThatWasRefused() throws Exception {
    client.prepare("s", READ);
    client.prepare("broken", "SELECT 1 / a FROM t");
    moveWithoutTable();
    proxied.onBoth("CREATE TABLE t (a int); INSERT INTO t VALUES (0)");
    byte[] execute = WireMessages.execute("", 0);
    byte[] bind = PreparingClient.bind("s");

    String heard =
        client.say(bind, execute, bind, execute, PreparingClient.bind("broken"), execute);

    assertThat(heard.split("SELECT 1", -1)).hasSize(3);
    assertThat(heard).contains("22012").containsOnlyOnce("\nZ ");
    assertThat(client.say(bind, execute, bind, execute).split("SELECT 1", -1)).hasSize(3);
  }

  @Test
  void servesAgainHoweverTheMessageIsCut() throws Exception {
    client.prepare("a name", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    byte[] all = WireMessages.join(PreparingClient.bind("a name"), WireMessages.execute("", 0));

    assertThat(client.sayApart(bytewise(all)))
        .contains(PreparingClient.INTEGER)
        .doesNotContain("SERROR");
  }

  /** Its text would be another one in another character set. */
  @Test
  void oneWithOtherCharactersIsRefusedUntilTheNextMove() throws Exception {
    client.prepare("s", "SELECT a FROM t WHERE 'zwölf' <> $1");
    moveWithoutTable();
    proxied.onBoth(SEVEN);

    assertThat(client.execute("s", "x")).contains(STALE);
    proxied.flip();
    assertThat(client.execute("s", "x")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatSqlHasDroppedIsNotMadeAgain() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    client.ask("DEALLOCATE s; PREPARE s AS SELECT 8");

    assertThat(client.execute("s")).contains("SELECT 1").doesNotContain(PreparingClient.INTEGER);
  }

  /** The server is never asked for less than it answers. */
  @Test
  void isMissingBehindACopyThatWasSentInOnePiece() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    proxied.onBoth("CREATE TABLE u (a int)");

    String copied =
        client.say(
            WireMessages.query("COPY u FROM STDIN"),
            WireMessages.copyData("1\n"),
            WireMessages.copyDone(),
            PreparingClient.bind("s"),
            WireMessages.execute("", 0));

    assertThat(copied).contains("COPY 1");
    assertThat(client.hear()).contains(MISSING);
  }

  @Test
  void aPortalThatIsClosedPieceByPieceIsNoStatement() throws Exception {
    client.prepare("s", READ);
    moveWithoutTable();
    byte[] close = WireMessages.closePortal("some portal");
    client.sayApart(bytewise(close));
    proxied.onBoth(SEVEN);

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
  }

  /** The number of its own type may be another one there: it is refused until the next move. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneWithATypeOfTheDatabasesOwnServesAfterTheNextMove(boolean moved) throws Exception {
    proxied.blue.execute("CREATE TYPE first AS ENUM ('x')");
    proxied.onBoth("CREATE TYPE mood AS ENUM ('fine')");
    client.prepare("s", "SELECT a FROM t WHERE $1::mood IS NOT NULL");
    moveWithoutTable();
    proxied.onBoth(SEVEN);
    if (moved) {
      proxied.flip();
    }

    assertThat(client.execute("s", "fine")).contains(moved ? PreparingClient.INTEGER : STALE);
  }
}
