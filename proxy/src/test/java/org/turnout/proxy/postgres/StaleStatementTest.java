package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client that was told what a prepared statement gives never gets something else by it, whichever
 * side is primary: it is told to prepare it again, as by a server whose tables were changed. Except
 * where the old primary could not be asked, as of what is first prepared and then locked.
 */
class StaleStatementTest {
  private static final String STALE = "0A000";
  private static final int[] BINARY = {1};

  private Proxied proxied;
  private WireClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
    client = new WireClient(proxied.address(), proxied.blue.name()).begin();
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

  private String prepare(String name, String sql, int... types) throws IOException {
    return say(WireMessages.parse(name, sql, types), WireMessages.describeStatement(name));
  }

  private String execute(String name, String... values) throws IOException {
    return say(
        WireMessages.bind("", name, new int[0], BINARY, values), WireMessages.execute("", 0));
  }

  private void widen() {
    proxied.onBoth("ALTER TABLE t ALTER a TYPE text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatWasStaleBeforeTheMoveIsStaleAfterIt(String name) throws Exception {
    prepare(name, "SELECT a FROM t WHERE a::text <> $1", 25);
    widen();

    proxied.flip();

    assertThat(execute(name, "x")).contains(STALE).doesNotContain("D ");
    assertThat(say(WireMessages.describeStatement(name))).contains(STALE);
    say(WireMessages.closeStatement(name));
    assertThat(prepare(name, "SELECT a FROM t")).doesNotContain("C42");
    assertThat(execute(name)).contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatBecomesStaleBetweenItsBeingBroughtAndTheFlipIsStaleAfterIt(String name)
      throws Exception {
    prepare(name, "SELECT a FROM t");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    widen();

    proxied.flipAtOnce();

    assertThat(execute(name)).contains(STALE).doesNotContain("D ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatGivesSomethingElseThereIsStaleThere(String name) throws Exception {
    prepare(name, "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");

    proxied.flip();

    assertThat(execute(name)).contains(STALE).doesNotContain("D ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatIsStaleStaysSoForTheServersOfLaterMoves(String name) throws Exception {
    prepare(name, "SELECT a FROM t WHERE a::text <> $1 AND $2::int > 0", 25, 23);
    widen();
    for (int moves = 0; moves < 3; moves++) {
      proxied.flip();

      assertThat(execute(name, "x", "1")).contains(STALE).doesNotContain("D ");
    }
  }

  @Test
  void whatIsPreparedAgainServesOn() throws Exception {
    prepare("s", "SELECT a FROM t");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    widen();
    assertThat(execute("s")).contains(STALE);
    say(WireMessages.closeStatement("s"));
    prepare("s", "SELECT a FROM t");

    proxied.flipAtOnce();

    assertThat(execute("s")).contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;7");
  }

  @Test
  void whatGivesTheSameAgainServesOn() throws Exception {
    prepare("s", "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    proxied.green.execute("ALTER TABLE t ALTER a TYPE int");
    say(WireMessages.parse("other", "SELECT 1"));

    proxied.flipAtOnce();

    assertThat(execute("s")).contains("D 10 \\0;\\1;\\0;\\0;\\0;\\4;\\0;\\0;\\0;\\7;");
  }

  @Test
  void whatIsStaleIsNotReadOnGreenEither() throws Exception {
    WhichSide.readAtGreen(proxied);
    WhichSide.readUntilGreen(client);
    prepare("s", "SELECT a FROM t");
    prepare("other", WhichSide.READ);
    widen();

    for (String heard = ""; !heard.contains("green"); heard = execute("other")) {
      assertThat(execute("s")).contains(STALE).doesNotContain("D ");
    }

    assertThat(execute("s")).contains(STALE).doesNotContain("D ");
  }

  @Test
  void oneThatSqlHasPreparedIsStaleAsWellAndCanBeDropped() throws Exception {
    client.ask("PREPARE s (int) AS SELECT a FROM t WHERE $1 > 0");
    widen();

    proxied.flip();

    client.forget();
    client.ask("EXECUTE s(1)");
    assertThat(String.join("\n", client.heard())).contains(STALE, "RevalidateCachedQuery");
    client.forget();
    client.ask("DEALLOCATE s");
    assertThat(client.heard().getFirst()).startsWith("C ").contains("DEALLOCATE");
  }

  @Test
  void whatHasLostItsTableDoesNotStandInTheWayOfAMove() throws Exception {
    prepare("s", "SELECT a FROM t");
    proxied.onBoth("DROP TABLE t");

    proxied.flip();

    assertThat(execute("s")).contains(STALE);
  }

  @Test
  void typesOfTheDatabasesOwnAreTheSameWhateverTheirNumbers() throws Exception {
    proxied.blue.execute("CREATE TYPE first AS ENUM ('x')");
    proxied.onBoth("CREATE TYPE mood AS ENUM ('fine'); ALTER TABLE t ADD m mood");
    prepare("s", "SELECT m, a FROM t WHERE m IS NULL AND a <> $1");

    proxied.flip();

    assertThat(execute("s", "1")).contains("D ").doesNotContain(STALE);
  }

  @Test
  void aChangeThatHasLostItsTableDoesNotStandInTheWayOfAMove() throws Exception {
    prepare("s", "UPDATE t SET a = 1 WHERE a > $1");
    proxied.onBoth("DROP TABLE t");

    proxied.flip();

    assertThat(execute("s", "0")).contains(STALE);
  }

  @Test
  void aChangeWhoseTableIsMissingThereAloneStandsInTheWayOfAMove() throws Exception {
    prepare("s", "UPDATE t SET a = 1 WHERE a > $1");
    proxied.green.execute("DROP TABLE t");
    proxied.traffic.pause().get(30, TimeUnit.SECONDS);

    assertThat(proxied.traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS))
        .singleElement()
        .satisfies(blocker -> assertThat(blocker.toString()).contains("prepared statement s"));

    proxied.traffic.resume();
    assertThat(execute("s", "0")).contains("UPDATE 1");
  }

  @Test
  void whatHasLostAFunctionsSchemaDoesNotStandInTheWayOfAMove() throws Exception {
    proxied.onBoth(
        """
        CREATE SCHEMA x;
        CREATE FUNCTION x.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'
        """);
    prepare("s", "SELECT a FROM t WHERE x.f(a) > 0");
    proxied.onBoth("DROP SCHEMA x CASCADE");

    proxied.flip();

    assertThat(execute("s")).contains(STALE);
  }

  @Test
  void whatIsRefusedDoesNotKeepOthersFromBeingAskedFor() throws Exception {
    proxied.onBoth("CREATE TABLE gone (a int); CREATE TABLE same (a int)");
    for (String name : new String[] {"gone1", "gone2", "gone3"}) {
      prepare(name, "SELECT a FROM gone");
    }
    for (String name : new String[] {"other1", "other2", "other3"}) {
      prepare(name, "SELECT a FROM t");
    }
    for (String name : new String[] {"same1", "same2", "same3"}) {
      prepare(name, "SELECT a FROM same");
    }
    proxied.onBoth("DROP TABLE gone");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");

    proxied.flip();

    for (int i = 1; i <= 3; i++) {
      assertThat(execute("gone" + i)).contains(STALE);
      assertThat(execute("other" + i)).contains(STALE);
      assertThat(execute("same" + i)).contains("C ").doesNotContain(STALE);
    }
  }

  @Test
  void rowTypesOfTheSystemAreTheSameWhateverTheirNumbers() throws Exception {
    prepare("s", "SELECT v FROM pg_tables v WHERE tablename = 'pg_class'");

    proxied.flip();

    assertThat(execute("s")).contains("D ").doesNotContain(STALE);
  }

  /** What only then is prepared, and locked, cannot be asked for: it is taken as it is there. */
  @Test
  void aLockOnTheOldPrimaryIsNotWaitedFor() throws Exception {
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    prepare("s", "UPDATE t SET a = a RETURNING a");
    prepare("read", "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    try (Connection fence = proxied.blue.connect()) {
      fence.setAutoCommit(false);
      Proxied.run(fence, "LOCK TABLE t IN EXCLUSIVE MODE");

      proxied.flipAtOnce();

      assertThat(execute("s")).contains("D ");
      assertThat(execute("read")).contains(STALE);
    }
  }

  @Test
  void whatWasFoundStaleStaysSoBehindALock() throws Exception {
    prepare("s", "UPDATE t SET a = a RETURNING a");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    say(WireMessages.parse("other", "SELECT 1"));
    try (Connection fence = proxied.blue.connect()) {
      fence.setAutoCommit(false);
      Proxied.run(fence, "LOCK TABLE t IN EXCLUSIVE MODE");

      proxied.flipAtOnce();

      assertThat(execute("s")).contains(STALE).doesNotContain("D ");
    }
  }

  @Test
  void theSettingsOfTheSessionAreLeftAlone() throws Exception {
    client.ask("SET search_path = t, public; SET lock_timeout = '7s'");
    prepare("s", "SELECT a FROM t");
    widen();

    proxied.flip();

    client.forget();
    client.ask("SHOW search_path");
    client.ask("SHOW lock_timeout");
    assertThat(String.join("\n", client.heard())).contains("t, public").contains("7s");
  }
}
