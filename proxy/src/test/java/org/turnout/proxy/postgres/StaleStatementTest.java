package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

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

  private void widen() {
    proxied.onBoth("ALTER TABLE t ALTER a TYPE text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatWasStaleBeforeTheMoveIsStaleAfterIt(String name) throws Exception {
    client.prepare(name, "SELECT a FROM t WHERE a::text <> $1", 25);
    widen();

    proxied.flip();

    assertThat(client.execute(name, "x")).contains(STALE).doesNotContain("D ");
    assertThat(client.say(WireMessages.describeStatement(name))).contains(STALE);
    client.say(WireMessages.closeStatement(name));
    assertThat(client.prepare(name, "SELECT a FROM t")).doesNotContain("C42");
    assertThat(client.execute(name)).contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatBecomesStaleBetweenItsBeingBroughtAndTheFlipIsStaleAfterIt(String name)
      throws Exception {
    client.prepare(name, "SELECT a FROM t");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    widen();

    proxied.flipAtOnce();

    assertThat(client.execute(name)).contains(STALE).doesNotContain("D ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatGivesSomethingElseThereIsStaleThere(String name) throws Exception {
    client.prepare(name, "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");

    proxied.flip();

    assertThat(client.execute(name)).contains(STALE).doesNotContain("D ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", ""})
  void whatIsStaleStaysSoForTheServersOfLaterMoves(String name) throws Exception {
    client.prepare(name, "SELECT a FROM t WHERE a::text <> $1 AND $2::int > 0", 25, 23);
    widen();
    for (int moves = 0; moves < 3; moves++) {
      proxied.flip();

      assertThat(client.execute(name, "x", "1")).contains(STALE).doesNotContain("D ");
    }
  }

  @Test
  void whatIsPreparedAgainServesOn() throws Exception {
    client.prepare("s", "SELECT a FROM t");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    widen();
    assertThat(client.execute("s")).contains(STALE);
    client.say(WireMessages.closeStatement("s"));
    client.prepare("s", "SELECT a FROM t");

    proxied.flipAtOnce();

    assertThat(client.execute("s")).contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;7");
  }

  @Test
  void whatGivesTheSameAgainServesOn() throws Exception {
    client.prepare("s", "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    proxied.green.execute("ALTER TABLE t ALTER a TYPE int");
    client.say(WireMessages.parse("other", "SELECT 1"));

    proxied.flipAtOnce();

    assertThat(client.execute("s")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatIsStaleIsNotReadOnGreenEither() throws Exception {
    WhichSide.readAtGreen(proxied);
    client.readUntilGreen();
    client.prepare("s", "SELECT a FROM t");
    client.prepare("other", WhichSide.READ);
    widen();

    for (String heard = ""; !heard.contains("green"); heard = client.execute("other")) {
      assertThat(client.execute("s")).contains(STALE).doesNotContain("D ");
    }

    assertThat(client.execute("s")).contains(STALE).doesNotContain("D ");
  }

  @Test
  void oneThatSqlHasPreparedIsStaleAsWellAndCanBeDropped() throws Exception {
    client.ask("PREPARE s (int) AS SELECT a FROM t WHERE $1 > 0");
    widen();

    proxied.flip();

    assertThat(client.ask("EXECUTE s(1)")).contains(STALE, "RevalidateCachedQuery");
    assertThat(client.ask("DEALLOCATE s")).startsWith("C ").contains("DEALLOCATE");
  }

  @Test
  void whatExecutesAStatementThatSqlHasPreparedServesOn() throws Exception {
    for (int i = 0; i < 8; i++) {
      client.ask("PREPARE s" + i + " AS SELECT a FROM t");
      client.prepare("e" + i, "EXECUTE s" + i);
    }

    proxied.flipAtOnce();

    assertThat(client.ask("SELECT DISTINCT statement FROM pg_prepared_statements"))
        .contains("SELECT 16");
    assertThat(client.execute("e0")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatSqlHasPreparedBringsNoUnnamedStatementAlong() throws Exception {
    client.ask("PREPARE s AS SELECT a FROM t");

    proxied.flip();

    assertThat(client.execute("")).contains("C26000");
    assertThat(client.ask("EXECUTE s")).contains("SELECT 1");
  }

  @Test
  void anUnnamedStatementThatIsClosedIsNotBroughtAlong() throws Exception {
    client.prepare("", "SELECT a FROM t");
    client.say(WireMessages.closeStatement(""));

    proxied.flip();

    assertThat(client.execute("")).contains("C26000");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUnnamedStatementThatWasBroughtAheadIsGoneWithIt(boolean asked) throws Exception {
    client.prepare("", "SELECT a FROM t");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    if (asked) {
      client.ask("SELECT 1");
    } else {
      client.say(WireMessages.closeStatement(""));
    }

    proxied.flipAtOnce();

    assertThat(client.execute("")).contains("C26000");
  }

  @Test
  void anUnnamedStatementWhoseSuccessorWasSkippedIsBroughtAlong() throws Exception {
    client.prepare("", "SELECT a FROM t");
    client.say(PreparingClient.bind("nowhere"), WireMessages.parse("", "SELECT 'other'"));

    proxied.flip();

    assertThat(client.execute("")).contains(PreparingClient.INTEGER);
  }

  @Test
  void whatHasLostItsTableDoesNotStandInTheWayOfAMove() throws Exception {
    client.prepare("s", "SELECT a FROM t");
    proxied.onBoth("DROP TABLE t");

    proxied.flip();

    assertThat(client.execute("s")).contains("C42P01");
  }

  @Test
  void typesOfTheDatabasesOwnAreTheSameWhateverTheirNumbers() throws Exception {
    proxied.blue.execute("CREATE TYPE first AS ENUM ('x')");
    proxied.onBoth("CREATE TYPE mood AS ENUM ('fine'); ALTER TABLE t ADD m mood");
    client.prepare("s", "SELECT m, a FROM t WHERE m IS NULL AND a <> $1");

    proxied.flip();

    assertThat(client.execute("s", "1")).contains("D ").doesNotContain(STALE);
  }

  @Test
  void aChangeThatHasLostItsTableDoesNotStandInTheWayOfAMove() throws Exception {
    client.prepare("s", "UPDATE t SET a = 1 WHERE a > $1");
    proxied.onBoth("DROP TABLE t");

    proxied.flip();

    assertThat(client.execute("s", "0")).contains("C42P01");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PREPARE \"a \"\"s\" (int, text) AS UPDATE t SET a = $1 WHERE $2 <> ''",
        "PREPARE \"a \"\"s\" AS DELETE FROM t WHERE $1 > a AND $2::text <> ''",
        "PREPARE \"a \"\"s\" AS INSERT INTO t VALUES ($1), (length($2))"
      })
  void aChangeThatSqlHasPreparedAndThatHasLostItsTableDoesNotStandInTheWayEither(String prepare)
      throws Exception {
    client.ask(prepare);
    proxied.onBoth("DROP TABLE t");
    assertThat(client.ask("EXECUTE \"a \"\"s\"(1, 'x')")).contains("C42P01");

    for (int moves = 0; moves < 3; moves++) {
      proxied.flip();

      assertThat(client.ask("EXECUTE \"a \"\"s\"(1, 'x')")).contains(STALE);
    }
    assertThat(client.ask("DEALLOCATE \"a \"\"s\"")).startsWith("C ");
  }

  @Test
  void aChangeThatSqlHasPreparedAndThatHasLostItsColumnDoesNotStandInTheWayEither()
      throws Exception {
    proxied.onBoth("ALTER TABLE t ADD b int");
    client.ask("PREPARE s AS INSERT INTO t (b) VALUES (1)");
    proxied.onBoth("ALTER TABLE t DROP b");

    proxied.flip();

    assertThat(client.ask("EXECUTE s")).contains(STALE);
    assertThat(client.ask("SELECT count(*) FROM t")).contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChangeThatHasLostItsColumnDoesNotStandInTheWayBehindAFence(boolean fromSql)
      throws Exception {
    proxied.onBoth("ALTER TABLE t ADD b int");
    if (fromSql) {
      client.ask("PREPARE s AS INSERT INTO t (b) VALUES (1)");
    } else {
      client.prepare("s", "INSERT INTO t (b) VALUES (1)");
    }
    proxied.onBoth("ALTER TABLE t DROP b");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    client.say(WireMessages.parse("other", "SELECT 1"));
    try (Connection fence = proxied.blue.connect()) {
      fence.setAutoCommit(false);
      Proxied.run(fence, "LOCK TABLE t IN EXCLUSIVE MODE");

      proxied.flipAtOnce();
    }

    assertThat(fromSql ? client.ask("EXECUTE s") : client.execute("s"))
        .contains(fromSql ? STALE : "C42703");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChangeWhoseTableIsMissingThereAloneStandsInTheWayOfAMove(boolean fromSql) throws Exception {
    if (fromSql) {
      client.ask("PREPARE s (int) AS UPDATE t SET a = 1 WHERE a > $1");
    } else {
      client.prepare("s", "UPDATE t SET a = 1 WHERE a > $1");
    }
    proxied.green.execute("DROP TABLE t");
    proxied.traffic.pause().get(30, TimeUnit.SECONDS);

    assertThat(proxied.traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS))
        .singleElement()
        .satisfies(blocker -> assertThat(blocker.toString()).contains("prepared statement s"));

    proxied.traffic.resume();
    assertThat(client.execute("s", "0")).contains("UPDATE 1");
  }

  @Test
  void whatHasLostAFunctionsSchemaDoesNotStandInTheWayOfAMove() throws Exception {
    proxied.onBoth(
        """
        CREATE SCHEMA x;
        CREATE FUNCTION x.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'
        """);
    client.prepare("s", "SELECT a FROM t WHERE x.f(a) > 0");
    proxied.onBoth("DROP SCHEMA x CASCADE");

    proxied.flip();

    assertThat(client.execute("s")).contains("C3F000");
  }

  @Test
  void whatIsRefusedDoesNotKeepOthersFromBeingAskedFor() throws Exception {
    proxied.onBoth("CREATE TABLE gone (a int); CREATE TABLE same (a int)");
    for (String name : new String[] {"gone1", "gone2", "gone3"}) {
      client.prepare(name, "SELECT a FROM gone");
    }
    for (String name : new String[] {"other1", "other2", "other3"}) {
      client.prepare(name, "SELECT a FROM t");
    }
    for (String name : new String[] {"same1", "same2", "same3"}) {
      client.prepare(name, "SELECT a FROM same");
    }
    proxied.onBoth("DROP TABLE gone");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");

    proxied.flip();

    for (int i = 1; i <= 3; i++) {
      assertThat(client.execute("gone" + i)).contains("C42P01");
      assertThat(client.execute("other" + i)).contains(STALE);
      assertThat(client.execute("same" + i)).contains("C ").doesNotContain(STALE);
    }
  }

  @Test
  void rowTypesOfTheSystemAreTheSameWhateverTheirNumbers() throws Exception {
    client.prepare("s", "SELECT v FROM pg_tables v WHERE tablename = 'pg_class'");

    proxied.flip();

    assertThat(client.execute("s")).contains("D ").doesNotContain(STALE);
  }

  /** What only then is prepared, and locked, cannot be asked for: it is taken as it is there. */
  @Test
  void aLockOnTheOldPrimaryIsNotWaitedFor() throws Exception {
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    client.prepare("s", "UPDATE t SET a = a RETURNING a");
    client.prepare("read", "SELECT a FROM t");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    try (Connection fence = proxied.blue.connect()) {
      fence.setAutoCommit(false);
      Proxied.run(fence, "LOCK TABLE t IN EXCLUSIVE MODE");

      proxied.flipAtOnce();

      assertThat(client.execute("s")).contains("D ");
      assertThat(client.execute("read")).contains(STALE);
    }
  }

  @Test
  void whatWasFoundStaleStaysSoBehindALock() throws Exception {
    client.prepare("s", "UPDATE t SET a = a RETURNING a");
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    client.say(WireMessages.parse("other", "SELECT 1"));
    try (Connection fence = proxied.blue.connect()) {
      fence.setAutoCommit(false);
      Proxied.run(fence, "LOCK TABLE t IN EXCLUSIVE MODE");

      proxied.flipAtOnce();

      assertThat(client.execute("s")).contains(STALE).doesNotContain("D ");
    }
  }

  @Test
  void theSettingsOfTheSessionAreLeftAlone() throws Exception {
    client.ask("SET search_path = t, public; SET lock_timeout = '7s'");
    client.prepare("s", "SELECT a FROM t");
    widen();

    proxied.flip();

    assertThat(client.ask("SHOW search_path")).contains("t, public");
    assertThat(client.ask("SHOW lock_timeout")).contains("7s");
  }
}
