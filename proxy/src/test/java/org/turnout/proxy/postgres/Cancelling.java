package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.Proxied.ask;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.turnout.embedded.PostgresDatabase;

/** A statement that runs until its client cancels it, as a driver does it. */
final class Cancelling {
  private Cancelling() {}

  /**
   * Lets a statement sleep on a database, cancels it, and returns the SQLSTATE that it ended with.
   */
  static String sleep(Connection client, PostgresDatabase database) throws Exception {
    try (Statement statement = client.createStatement()) {
      CompletableFuture<String> sleeping =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  statement.execute("SELECT pg_sleep(300)");
                  return "slept";
                } catch (SQLException e) {
                  return e.getSQLState();
                }
              });
      awaitSleep(database, sleeping);
      statement.cancel();
      return sleeping.get(60, TimeUnit.SECONDS);
    }
  }

  private static void awaitSleep(PostgresDatabase database, CompletableFuture<String> sleeping)
      throws SQLException {
    try (Connection direct = database.connect()) {
      while (!sleeping.isDone() && !isSleeping(direct)) {
        Thread.onSpinWait();
      }
    }
  }

  private static boolean isSleeping(Connection direct) throws SQLException {
    return ask(
            direct,
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                + " AND datname = current_database()")
        .equals("1");
  }
}
