package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * READ ONLY transactions run on green, and move to blue in their middle without the client noticing
 * when green is not the place for them any more.
 */
class ReadTransactionTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.readAtGreen(Proxied.trusting());
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
    threads.close();
  }

  /** A client whose reads go to green by now. */
  private Connection connect(String options) throws SQLException {
    return readUntilGreen(proxied.connect("postgres", "", options));
  }

  private Connection connect() throws SQLException {
    return connect("&prepareThreshold=0");
  }

  private static void begin(Connection client) throws SQLException {
    client.setReadOnly(true);
    client.setAutoCommit(false);
  }

  /** A transaction that stands on green: it has read there. */
  private Connection inTransactionOnGreen() throws SQLException {
    Connection client = connect();
    begin(client);
    assertThat(ask(client, READ)).isEqualTo("green");
    return client;
  }

  private void killGreen() throws SQLException {
    try (Connection green = proxied.green.connect()) {
      run(
          green,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"&preferQueryMode=simple", "&prepareThreshold=0"})
  void runOnGreenFromTheirBeginningToTheirEnd(String options) throws Exception {
    try (Connection client = connect(options)) {
      begin(client);
      for (int i = 0; i < 3; i++) {
        assertThat(ask(client, READ)).isEqualTo("green");
        assertThat(ask(client, READ)).isEqualTo("green");
        client.commit();
        assertThat(ask(client, READ)).isEqualTo("green");
        client.rollback();
      }
    }
  }

  @Test
  void runOnGreenWhenTheDriverHasPreparedTheirBeginningAndTheirEnd() throws Exception {
    try (Connection client = proxied.connect("postgres", "", "&prepareThreshold=1");
        PreparedStatement named = client.prepareStatement("SELECT name || ? FROM side")) {
      begin(client);
      int onGreen = 0;
      for (int i = 0; onGreen < 3; i++) {
        named.setInt(1, i);
        try (ResultSet rows = named.executeQuery()) {
          rows.next();
          assertThat(rows.getString(1)).isIn("green" + i, "blue" + i);
          onGreen += rows.getString(1).startsWith("green") ? 1 : 0;
        }
        client.commit();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN READ ONLY",
        "START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
        "begin work read only;"
      })
  void areKnownByTheirWords(String begin) throws Exception {
    try (Connection client = connect("&preferQueryMode=simple")) {
      run(client, begin);
      assertThat(ask(client, READ)).isEqualTo("green");
      run(client, "END");
      assertThat(ask(client, READ)).isEqualTo("green");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN",
        "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ",
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
      })
  void ofAnotherKindStayOnBlue(String begin) throws Exception {
    try (Connection client = connect("&preferQueryMode=simple")) {
      run(client, begin);
      assertThat(ask(client, READ)).isEqualTo("blue");
      run(client, "COMMIT");
    }
  }

  @Test
  void stayOnBlueWhereTheSessionWantsRepeatableReads() throws Exception {
    try (Connection client = connect()) {
      client.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      while (!ask(client, READ).equals("green")) {
        Thread.onSpinWait();
      }
      begin(client);
      assertThat(ask(client, READ)).isEqualTo("blue");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT name, random() FROM side",
        "SAVEPOINT here",
        "SET LOCAL work_mem = '1MB'",
        "DECLARE c CURSOR FOR SELECT 1",
        "SHOW search_path"
      })
  void moveToBlueWithTheFirstStatementThatIsNotPlainlySafe(String statement) throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      run(client, statement);
      assertThat(ask(client, READ)).isEqualTo("blue");
      assertThat(ask(client, "SHOW transaction_read_only")).isEqualTo("on");
      assertThat(ask(client, "SHOW transaction_isolation")).isEqualTo("read committed");
      client.commit();
      client.setReadOnly(false);
      run(client, "INSERT INTO side VALUES ('free again')");
      client.commit();
    }
  }

  @Test
  void thatMovedAreTransactionsThatHaveReadAsTheyHad() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      assertThatThrownBy(() -> run(client, "SET TRANSACTION READ WRITE"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25001"));
      client.rollback();
      assertThat(ask(client, READ)).isIn("blue", "green");
    }
  }

  @Test
  void aWriteInThemIsRefusedAsTheServerDoes() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      assertRefused(client, "INSERT INTO side VALUES ('no')", "25006");
      client.rollback();
    }
  }

  @Test
  void anErrorOfTheClientsOwnLeavesItInAFailedTransaction() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      assertThatAnErrorFailsTheTransaction(client);
    }
  }

  @Test
  void anErrorInTheFirstStatementFailsTheTransactionToo() throws Exception {
    try (Connection client = connect()) {
      begin(client);
      assertThatAnErrorFailsTheTransaction(client);
    }
  }

  private static void assertThatAnErrorFailsTheTransaction(Connection client) throws SQLException {
    assertRefused(client, "SELECT 1 / length('') FROM side", "22012");
    assertRefused(client, READ, "25P02");
    client.rollback();
    assertThat(ask(client, READ)).isIn("blue", "green");
  }

  private static void assertRefused(Connection client, String sql, String sqlState) {
    assertThatThrownBy(() -> run(client, sql))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
  }

  @Test
  void whatGreenRefusesBlueAnswers() throws Exception {
    proxied.onBoth("CREATE TABLE late (a int)");
    try (Connection client = connectAfterRules("SELECT count(a) FROM late")) {
      begin(client);
      assertThat(ask(client, READ)).isEqualTo("green");
      proxied.blue.execute("INSERT INTO late VALUES (5)");
      proxied.green.execute("ALTER TABLE late DROP COLUMN a");

      assertThat(ask(client, "SELECT a FROM late")).isEqualTo("5");
      assertThat(ask(client, READ)).isEqualTo("blue");
      client.commit();
    }
  }

  @Test
  void aGreenThatDiesBetweenTwoStatementsIsNotNoticed() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      killGreen();
      assertThat(ask(client, READ)).isEqualTo("blue");
      client.commit();
      assertThat(ask(client, READ)).isIn("blue", "green");
    }
  }

  @Test
  void aCancelledStatementFailsTheTransactionOfWhichItIsAPart() throws Exception {
    proxied.onBoth("CREATE TABLE number (n int)");
    proxied.onBoth("INSERT INTO number SELECT generate_series(1, 3000)");
    try (Connection client = connectAfterRules("SELECT count(*) FROM number");
        Connection green = proxied.green.connect()) {
      begin(client);
      assertThat(ask(client, READ)).isEqualTo("green");
      try (Statement slow = client.createStatement()) {
        Future<?> answer =
            threads.submit(
                () -> slow.executeQuery("SELECT count(*) FROM number a, number b, number c"));
        while (ask(
                green,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND state = 'active' AND query LIKE '%number a%'"
                    + " AND pid <> pg_backend_pid()")
            .equals("0")) {
          Thread.onSpinWait();
        }
        slow.cancel();
        assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
            .cause()
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      }
      assertThatThrownBy(() -> ask(client, READ))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25P02"));
      client.rollback();
      assertThat(ask(client, READ)).isIn("blue", "green");
    }
  }

  /** A client of which green serves the given read too: it has come to know the tables. */
  private Connection connectAfterRules(String read) throws SQLException {
    proxied.traffic.readWeight(0);
    proxied.traffic.readWeight(100);
    Connection client = connect();
    long before = proxied.traffic.figures().queriesGreen();
    while (proxied.traffic.figures().queriesGreen() == before) {
      ask(client, read);
    }
    return client;
  }

  @Test
  void areWaitedForByAGateThatCloses() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      CompletableFuture<Void> paused = proxied.traffic.pause();
      assertThat(ask(client, READ)).isEqualTo("green");
      assertThat(paused).isNotDone();
      client.commit();
      paused.get(30, TimeUnit.SECONDS);
      Future<String> held = threads.submit(() -> ask(client, READ));
      proxied.traffic.resume();
      assertThat(held.get(30, TimeUnit.SECONDS)).isIn("blue", "green");
    }
  }

  @Test
  void areFollowedByAChangeOfPrimary() throws Exception {
    try (Connection client = inTransactionOnGreen()) {
      client.commit();
      proxied.flip();
      client.setReadOnly(false);
      assertThat(ask(client, "UPDATE side SET name = 'green now' RETURNING name"))
          .isEqualTo("green now");
      client.commit();
      proxied.flip();
      assertThat(ask(client, "UPDATE side SET name = 'blue now' RETURNING name"))
          .isEqualTo("blue now");
      client.commit();
    }
  }
}
