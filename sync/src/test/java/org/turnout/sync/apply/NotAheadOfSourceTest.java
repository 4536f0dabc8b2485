package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

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

  @Test
  void aCommitThatWaitsForAStandbyIsNotOnTheTargetBeforeItIsSeenOnTheSource() throws Exception {
    try (PostgresServer server =
            PostgresServer.builder(14)
                .setting("synchronous_standby_names", "nobody")
                .setting("synchronous_commit", "local")
                .start();
        StreamedPair pair =
            new StreamedPair(
                PostgresDatabase.create(server, "shop"),
                SharedPostgres.database(18),
                "CREATE TABLE item (id int PRIMARY KEY)");
        Connection source = pair.sourceDatabase.connect();
        Connection target = pair.targetDatabase.connect()) {
      pair.follow();
      CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> insertAndWait(pair));
      String waiting = awaitWaiting(source, commit);

      Set<String> questions = new HashSet<>();
      while (questions.size() < 4) {
        assertThat(text(target, "SELECT count(*) FROM item")).isEqualTo("0");
        questions.add(text(source, QUESTIONS));
      }
      assertThat(text(source, "SELECT count(*) FROM item")).isEqualTo("0");

      text(source, "SELECT pg_cancel_backend(" + waiting + ")");
      commit.get(60, TimeUnit.SECONDS);
      pair.catchUp();
      assertThat(text(target, "SELECT count(*) FROM item")).isEqualTo("1");
    }
  }

  private static void insertAndWait(StreamedPair pair) {
    try (Connection writer = pair.sourceDatabase.connect();
        Statement statement = writer.createStatement()) {
      statement.execute("SET synchronous_commit = on");
      statement.execute("INSERT INTO item VALUES (1)");
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

  /** The first value of the answer; empty where there is none. */
  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? String.valueOf(row.getString(1)) : "";
    }
  }
}
