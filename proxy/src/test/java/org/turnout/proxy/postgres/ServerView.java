package org.turnout.proxy.postgres;

import org.turnout.embedded.PostgresDatabase;

/** What a server says of the sessions that it has of a database. */
final class ServerView {
  private ServerView() {}

  /** Waits, on the server, until it has a session of which the SQL condition holds. */
  static void await(PostgresDatabase database, String condition) {
    database.execute(
        """
        DO $$ BEGIN
          WHILE NOT EXISTS (SELECT FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid() AND (%s)) LOOP
            -- What is waited for is nothing that a server tells by itself.
            PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
          END LOOP;
        END $$
        """
            .formatted(condition));
  }

  /** Whether it has one now. */
  static boolean has(PostgresDatabase database, String condition) throws Exception {
    try (var direct = database.connect()) {
      return Proxied.ask(
              direct,
              "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                  + " AND pid <> pg_backend_pid() AND ("
                  + condition
                  + "))")
          .equals("t");
    }
  }
}
