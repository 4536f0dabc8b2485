package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.migration.Traffic;

/** Sessions are held at their boundary and live on when the primary changes. */
class MovedSessionTest {
  private static final Executor THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  private static String version(Connection client) throws SQLException {
    return ask(client, "SELECT current_setting('server_version_num')::int / 10000");
  }

  @Test
  void aSessionKeepsWhatItsBackendKnew() throws Exception {
    proxied.onBoth("CREATE TYPE mood AS ENUM ('fine', 'tired')");
    try (Connection client = proxied.connect("postgres", "", "&prepareThreshold=1");
        PreparedStatement sum = client.prepareStatement("SELECT ?::int + ?::int");
        PreparedStatement typed = client.prepareStatement("SELECT (?::mood)::text")) {
      run(client, "SET work_mem = '7MB'");
      run(client, "SET app.tenant = 'it''s \\ mine'");
      run(client, "SELECT set_config('app.other', 'zwölf', false)");
      run(client, "PREPARE twice(int) AS SELECT $1 * 2");
      run(client, "LISTEN \"Odd Name\"");
      for (int flips = 0; flips < 4; flips++) {
        sum.setInt(1, flips);
        sum.setInt(2, 40);
        typed.setString(1, "tired");
        assertThat(single(sum)).isEqualTo(String.valueOf(40 + flips));
        assertThat(single(typed)).isEqualTo("tired");
        assertThat(ask(client, "SHOW work_mem")).isEqualTo("7MB");
        assertThat(ask(client, "SHOW app.tenant")).isEqualTo("it's \\ mine");
        assertThat(ask(client, "SHOW app.other")).isEqualTo("zwölf");
        assertThat(ask(client, "EXECUTE twice(21)")).isEqualTo("42");
        assertThat(ask(client, "SELECT pg_listening_channels()")).isEqualTo("Odd Name");
        assertThat(version(client)).isEqualTo(flips % 2 == 0 ? "14" : "18");
        proxied.flip();
      }
    }
  }

  private static String single(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CREATE TEMP TABLE mine (a int), temporary table mine",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$, temporary function f",
    "CREATE TYPE pg_temp.pair AS (a int), temporary type pair",
    "CREATE TYPE pg_temp.mood AS ENUM (), temporary type mood",
    "SELECT pg_advisory_lock(7), advisory lock 0 7",
    "BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT 1; COMMIT, held cursor held",
    "CREATE TABLE only_here (a int); PREPARE p AS SELECT a FROM only_here, prepared statement"
  })
  void whatCannotBeMovedIsNamed(String state, String reason) throws Exception {
    try (Connection client = proxied.connect("postgres", "", "&preferQueryMode=simple")) {
      run(client, state);
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);

      List<Traffic.Immovable> immovable =
          proxied.traffic.moveSessions(PATIENCE).get(30, TimeUnit.SECONDS);

      assertThat(immovable).singleElement();
      assertThat(immovable.getFirst().reason()).startsWith(reason);
      assertThat(immovable.getFirst().session().user()).isEqualTo("postgres");
      proxied.traffic.resume();
      proxied.traffic.forgetAhead();
      assertThat(version(client)).isEqualTo("14");
    }
  }

  @Test
  void aSessionWhoseOtherSideDoesNotAnswerIsNamedWhenTheTimeIsOverAndMovedLater() throws Exception {
    proxied.onBoth("CREATE TABLE t (a int)");
    try (Connection client = proxied.connect("postgres", "", "&ApplicationName=till");
        Connection atGreen = proxied.green.connect()) {
      run(client, "PREPARE p AS SELECT a FROM t");
      atGreen.setAutoCommit(false);
      run(atGreen, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);

      List<Traffic.Immovable> immovable =
          proxied.traffic.moveSessions(Duration.ofMillis(500)).get(30, TimeUnit.SECONDS);

      assertThat(immovable).singleElement();
      assertThat(immovable.getFirst().reason()).isEqualTo("green did not answer within 500 ms");
      assertThat(immovable.getFirst().session().application()).isEqualTo("till");
      proxied.traffic.resume();
      assertThat(ask(client, "SELECT count(*) FROM t")).isEqualTo("0");
      atGreen.rollback();
      proxied.flip();
      assertThat(version(client)).isEqualTo("18");
      run(client, "EXECUTE p");
    }
  }

  @Test
  void aSessionWhosePrimaryDoesNotAnswerIsNamedAndLivesOnWhenItDoes() throws Exception {
    try (Connection client = proxied.connect();
        Connection atBlue = proxied.blue.connect()) {
      run(client, "SET work_mem = '7MB'");
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      run(client, "SET work_mem = '8MB'");
      atBlue.setAutoCommit(false);
      run(atBlue, "LOCK TABLE pg_catalog.pg_class IN ACCESS EXCLUSIVE MODE");
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);

      for (int attempt = 0; attempt < 2; attempt++) {
        assertThat(proxied.traffic.moveSessions(Duration.ofMillis(300)).get(30, TimeUnit.SECONDS))
            .extracting(Traffic.Immovable::reason)
            .containsExactly("blue did not answer within 300 ms");
      }
      atBlue.rollback();
      proxied.traffic.resume();
      assertThat(ask(client, "SHOW work_mem")).isEqualTo("8MB");
      proxied.flip();
      assertThat(version(client)).isEqualTo("18");
      assertThat(ask(client, "SHOW work_mem")).isEqualTo("8MB");
    }
  }

  @Test
  void whatAClientDoesWhileItsStateIsBroughtAheadIsBroughtToo() throws Exception {
    proxied.onBoth("CREATE TABLE t (a int)");
    try (Connection client = proxied.connect();
        Connection atGreen = proxied.green.connect()) {
      run(client, "PREPARE p AS SELECT a FROM t");
      atGreen.setAutoCommit(false);
      run(atGreen, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
      CompletableFuture<Void> ahead = proxied.traffic.connectAhead();
      while (ask(atGreen, "SELECT count(*) FROM pg_locks WHERE NOT granted").equals("0")) {
        Thread.onSpinWait();
      }
      run(client, "SET work_mem = '9MB'");
      atGreen.rollback();
      ahead.get(30, TimeUnit.SECONDS);

      proxied.flip();

      assertThat(version(client)).isEqualTo("18");
      assertThat(ask(client, "SHOW work_mem")).isEqualTo("9MB");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT currval('numbers')", "SELECT lastval()"})
  void theLastNumberOfASequenceIsForgottenButNeverAnotherOne(String question) throws Exception {
    proxied.onBoth("CREATE SEQUENCE numbers");
    try (Connection client = proxied.connect()) {
      ask(client, "SELECT nextval('numbers')");
      proxied.flip();

      assertThatThrownBy(() -> ask(client, question))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55000"));
      String next = ask(client, "SELECT nextval('numbers')");
      assertThat(ask(client, question)).isEqualTo(next);
    }
  }

  @Test
  void howLongASessionIsAwayFromItsBoundaryCountsFromTheBeginOfItsTransaction() throws Exception {
    try (Connection client = proxied.connect()) {
      client.setAutoCommit(false);
      run(client, "SELECT 1");
      run(client, "SELECT pg_sleep(0.05)");
      run(client, "SELECT 2");

      // The client has its answer a moment before the session notes where it stands.
      while (!proxied.traffic.sessions().getFirst().state().equals("in transaction")) {
        Thread.onSpinWait();
      }
      assertThat(proxied.traffic.sessions().getFirst().stateMillis()).isGreaterThanOrEqualTo(50);
      client.rollback();
    }
  }

  @Test
  void aTransactionGoesOnToItsEndWhileTheGateCloses() throws Exception {
    try (Connection client = proxied.connect()) {
      client.setAutoCommit(false);
      run(client, "CREATE TABLE t (a int)");
      CompletableFuture<Void> paused = proxied.traffic.pause();
      run(client, "INSERT INTO t VALUES (1)");
      assertThat(paused).isNotDone();
      client.commit();

      paused.get(30, TimeUnit.SECONDS);

      proxied.traffic.resume();
      assertThat(ask(client, "SELECT count(*) FROM t")).isEqualTo("1");
    }
  }

  @Test
  void heldStatementsAndNewClientsRunOnTheNewPrimary() throws Exception {
    try (Connection client = proxied.connect()) {
      run(client, "SELECT 1");
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      CompletableFuture<String> held = later(client);
      CompletableFuture<String> fresh =
          CompletableFuture.supplyAsync(
              () -> {
                try (Connection other = proxied.connect()) {
                  return version(other);
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              },
              THREADS);
      while (states().size() < 2 || !states().contains("paused")) {
        Thread.onSpinWait();
      }
      assertThat(proxied.traffic.moveSessions(PATIENCE).get(30, TimeUnit.SECONDS)).isEmpty();
      proxied
          .traffic
          .flip(
              new org.turnout.sync.Standing(
                  org.turnout.sync.Epoch.FIRST.next(), org.turnout.config.Side.GREEN))
          .get(30, TimeUnit.SECONDS);
      assertThat(held).isNotDone();
      assertThat(fresh).isNotDone();

      proxied.traffic.resume();

      assertThat(held.get(30, TimeUnit.SECONDS)).isEqualTo("18");
      assertThat(fresh.get(30, TimeUnit.SECONDS)).isEqualTo("18");
    }
  }

  private static CompletableFuture<String> later(Connection client) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return version(client);
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        },
        THREADS);
  }

  private List<String> states() {
    return proxied.traffic.sessions().stream().map(Traffic.SessionView::state).toList();
  }

  @Test
  void aSessionThatEndsIsNotWaitedFor() throws Exception {
    Connection client = proxied.connect();
    client.setAutoCommit(false);
    run(client, "SELECT 1");
    CompletableFuture<Void> paused = proxied.traffic.pause();
    client.abort(Runnable::run);

    paused.get(30, TimeUnit.SECONDS);

    proxied.traffic.resume();
  }

  @Test
  void aSessionWhoseClientHasSaidGoodbyeIsNotInTheWay() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      proxied.toBlue.holdFrom("X\0\0\0\4");
      client.say(WireMessages.goodbye());
      proxied.toBlue.awaitHolding();

      proxied.flip();

      client.untilEnd();
    } finally {
      proxied.toBlue.release();
    }
  }

  @Test
  void aSessionThatWasNotMovedIsEndedAsAServerWould() throws Exception {
    try (Connection client = proxied.connect()) {
      run(client, "SELECT 1");
      proxied
          .traffic
          .flip(
              new org.turnout.sync.Standing(
                  org.turnout.sync.Epoch.FIRST.next(), org.turnout.config.Side.GREEN))
          .get(30, TimeUnit.SECONDS);

      org.assertj.core.api.Assertions.assertThatThrownBy(() -> ask(client, "SELECT 1"))
          .isInstanceOf(SQLException.class);
    }
    try (Connection next = proxied.connect()) {
      assertThat(version(next)).isEqualTo("18");
    }
  }
}
