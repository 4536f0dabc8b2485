package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncException;

/**
 * The target never shows what the source does not show yet. A commit that waits for a synchronous
 * standby is in the log, and so in the stream, and nobody sees it.
 */
class NotAheadOfSourceTest {
  private static final String QUESTIONS =
      "SELECT query_start FROM pg_stat_activity"
          + " WHERE datname = current_database() AND query LIKE '%pg_current_snapshot()%'"
          + " AND pid <> pg_backend_pid()";

  private static final String WAITING =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
          + " AND wait_event = 'SyncRep'";

  /** A server whose commits wait for these standbys where a session asks for it. */
  private static PostgresServer waitingFor(String standbys) {
    return PostgresServer.builder(14)
        .setting("synchronous_standby_names", standbys)
        .setting("synchronous_commit", "local")
        .start();
  }

  private static StreamedPair pair(PostgresServer server) throws Exception {
    return new StreamedPair(
        PostgresDatabase.create(server, "shop"),
        SharedPostgres.database(18),
        "CREATE TABLE item (id int PRIMARY KEY)");
  }

  @Test
  void aCommitThatWaitsForAStandbyIsNotOnTheTargetBeforeItIsSeenOnTheSource() throws Exception {
    try (PostgresServer server = waitingFor("nobody");
        StreamedPair pair = pair(server);
        Connection source = pair.sourceDatabase.connect();
        Connection target = pair.targetDatabase.connect()) {
      pair.follow();
      CompletableFuture<Void> commit =
          CompletableFuture.runAsync(() -> commitAndWait(pair, "INSERT INTO item VALUES (1)"));
      String waiting = awaitWaiting(source, commit);

      awaitQuestions(
          source, () -> assertThat(text(target, "SELECT count(*) FROM item")).isEqualTo("0"));
      assertThat(text(source, "SELECT count(*) FROM item")).isEqualTo("0");

      text(source, "SELECT pg_cancel_backend(" + waiting + ")");
      commit.get(60, TimeUnit.SECONDS);
      pair.catchUp();
      assertThat(text(target, "SELECT count(*) FROM item")).isEqualTo("1");
    }
  }

  @Test
  void whoWantsTheTargetToStandStillDoesNotWaitForAStandbyThatIsAway() throws Exception {
    try (PostgresServer server = waitingFor("nobody");
        StreamedPair pair = pair(server);
        Connection source = pair.sourceDatabase.connect()) {
      pair.follow();
      CompletableFuture<Void> commit =
          CompletableFuture.runAsync(() -> commitAndWait(pair, "INSERT INTO item VALUES (1)"));
      String waiting = awaitWaiting(source, commit);
      awaitQuestions(source, () -> {});

      assertThatThrownBy(() -> pair.stream.gate().hold())
          .isInstanceOf(SyncException.class)
          .hasMessage(ApplyGate.COMMITS_NOT_SEEN);

      text(source, "SELECT pg_cancel_backend(" + waiting + ")");
      commit.get(60, TimeUnit.SECONDS);
      pair.catchUp();
      pair.stream.gate().hold().close();
    }
  }

  @Test
  void commitsThatWaitForTheStreamItselfGoOnAndNothingIsReadOnTheTargetMeanwhile()
      throws Exception {
    try (PostgresServer server = waitingFor("*");
        StreamedPair pair = pair(server)) {
      pair.stream.keepFresh(true);
      pair.follow();
      pair.sourceDatabase.execute("CREATE TABLE elsewhere (id int)");

      for (int commit = 1; commit < 4; commit++) {
        String item = "INSERT INTO item VALUES (" + commit + ")";
        String other = "INSERT INTO elsewhere VALUES (" + commit + ")";
        CompletableFuture.runAsync(() -> commitAndWait(pair, item, other))
            .get(60, TimeUnit.SECONDS);
      }
      pair.catchUp();
      assertThat(pair.targetRows()).isEqualTo(pair.sourceRows()).hasSize(3);
      assertThat(pair.freshness.instant()).isEqualTo(Freshness.NEVER);

      pair.sourceDatabase.execute("ALTER SYSTEM SET synchronous_standby_names = ''");
      pair.sourceDatabase.execute("SELECT pg_reload_conf()");
      CompletableFuture<Void> fresh = new CompletableFuture<>();
      pair.freshness.await(System.nanoTime(), () -> fresh.complete(null));
      fresh.get(60, TimeUnit.SECONDS);
    }
  }

  private static void commitAndWait(StreamedPair pair, String... changes) {
    try (Connection writer = pair.sourceDatabase.connect();
        Statement statement = writer.createStatement()) {
      statement.execute("SET synchronous_commit = on");
      for (String change : changes) {
        statement.execute(change);
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static String awaitWaiting(Connection source, CompletableFuture<Void> commit)
      throws SQLException {
    while (true) {
      String waiting = text(source, WAITING);
      if (!waiting.isEmpty()) {
        return waiting;
      }
      assertThat(commit).isNotDone();
    }
  }

  /** Waits until the applier has the commit: it asks again and again when that can be seen. */
  private static void awaitQuestions(Connection source, ThrowingRunnable meanwhile)
      throws SQLException {
    Set<String> questions = new HashSet<>();
    while (questions.size() < 4) {
      meanwhile.run();
      questions.add(text(source, QUESTIONS));
    }
  }

  /** What may fail as a question to a database does. */
  @FunctionalInterface
  private interface ThrowingRunnable {
    void run() throws SQLException;
  }

  /** The first value of the answer; empty where there is none. */
  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? String.valueOf(row.getString(1)) : "";
    }
  }
}
