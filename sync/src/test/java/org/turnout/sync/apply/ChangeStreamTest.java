package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Freshness;
import org.turnout.sync.capture.ReplicationSlot;

/** What a stream between two real servers brings over, kind by kind. */
class ChangeStreamTest {
  private static final String SCHEMA =
      """
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE TABLE item (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text UNIQUE,
        amount numeric(12, 2),
        seen timestamptz,
        tags text[],
        extra jsonb,
        raw bytea,
        note text,
        feeling mood,
        size positive,
        flag boolean,
        code char(6),
        ratio double precision,
        doubled int GENERATED ALWAYS AS (size * 2) STORED);
      CREATE TABLE pair (a int NOT NULL, b text NOT NULL, v text, UNIQUE (b, a));
      CREATE TABLE measured (at int, v text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
      CREATE TABLE measured_low PARTITION OF measured FOR VALUES FROM (0) TO (100);
      CREATE TABLE measured_high PARTITION OF measured FOR VALUES FROM (100) TO (200);
      CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
      CREATE TABLE desk (id int PRIMARY KEY, place int) PARTITION BY RANGE (id);
      CREATE TABLE desk_low PARTITION OF desk FOR VALUES FROM (0) TO (100);
      CREATE UNIQUE INDEX ON desk_low (place);
      CREATE TABLE vehicle (id int PRIMARY KEY, note text);
      CREATE TABLE truck (axles int, PRIMARY KEY (id)) INHERITS (vehicle);
      """;

  private static final String ROWS =
      """
      INSERT INTO item (name, amount, seen, tags, extra, raw, feeling, size, flag, code, ratio)
        SELECT 'n' || i, i / 7.0, now(), ARRAY['a"b', NULL, '{}'], '{"k": [1, null]}',
               decode(repeat('0affc0', i), 'hex'), 'glad', i, i % 2 = 0, 'c' || i, 1.0 / i
          FROM generate_series(1, 50) i;
      INSERT INTO pair SELECT i, 'b' || i, NULL FROM generate_series(1, 20) i;
      INSERT INTO measured SELECT i, 'm' FROM generate_series(50, 150) i;
      INSERT INTO parent SELECT generate_series(1, 5);
      INSERT INTO child SELECT i, i FROM generate_series(1, 5) i;
      INSERT INTO desk SELECT i, i FROM generate_series(1, 9) i;
      INSERT INTO vehicle SELECT i, 'any' FROM generate_series(1, 9) i;
      INSERT INTO truck SELECT i, 'any', 2 FROM generate_series(1, 9) i;
      """;

  /** A large value that is stored out of line and does not compress. */
  private static final String LARGE =
      "(SELECT string_agg(md5(g::text || random()), '') FROM generate_series(1, 2000) g)";

  private static StreamedPair pair(int source, int target) throws Exception {
    return new StreamedPair(
        SharedPostgres.database(source), SharedPostgres.database(target), SCHEMA);
  }

  @ParameterizedTest
  @CsvSource({"14, 18", "18, 14"})
  void bringsEveryKindOfChange(int from, int to) throws Exception {
    try (StreamedPair pair = pair(from, to).follow()) {
      List<String> changes =
          List.of(
              ROWS,
              "UPDATE item SET note = " + LARGE + " WHERE id <= 3",
              "UPDATE item SET flag = NULL, tags = '{}' WHERE id <= 5",
              "BEGIN; UPDATE item SET name = 'swap' WHERE id = 10;"
                  + "UPDATE item SET name = 'n10' WHERE id = 11;"
                  + "UPDATE item SET name = 'n11' WHERE id = 10; COMMIT",
              "UPDATE item SET id = DEFAULT WHERE id = 2",
              "UPDATE pair SET a = a + 1000 WHERE a <= 10",
              "UPDATE pair SET v = " + LARGE,
              "UPDATE pair SET a = a + 1 WHERE a = 20",
              "UPDATE measured SET at = 120, v = 'moved' WHERE at = 60 AND FALSE",
              "DELETE FROM measured WHERE at = 120",
              "UPDATE measured SET at = 120, v = 'moved' WHERE at = 60",
              "DELETE FROM item WHERE id % 7 = 0",
              "BEGIN; DELETE FROM item WHERE id = 20;"
                  + "INSERT INTO item (id, name) OVERRIDING SYSTEM VALUE VALUES (20, 'again');"
                  + "UPDATE item SET flag = true WHERE id = 20; COMMIT",
              "BEGIN; INSERT INTO parent VALUES (77); TRUNCATE parent CASCADE;"
                  + "INSERT INTO parent VALUES (78); COMMIT",
              "BEGIN; INSERT INTO parent VALUES (79); SAVEPOINT s; INSERT INTO parent VALUES (80);"
                  + "ROLLBACK TO s; COMMIT",
              "BEGIN; INSERT INTO parent VALUES (81); ROLLBACK",
              // Only the partition forbids two rows to have one place.
              "BEGIN; UPDATE desk SET place = 100 WHERE id = 1; UPDATE desk SET place = 1 WHERE id"
                  + " = 2; UPDATE desk SET place = 2 WHERE id = 1; COMMIT",
              // Rows of the same key in a table and in one that inherits from it are two rows.
              "UPDATE ONLY vehicle SET note = 'mine' WHERE id = 1",
              "UPDATE ONLY vehicle SET note = " + LARGE + " WHERE id = 2",
              "UPDATE ONLY vehicle SET id = 102 WHERE id = 2",
              "DELETE FROM ONLY vehicle WHERE id = 3",
              "UPDATE truck SET axles = 3 WHERE id = 4",
              "DELETE FROM truck WHERE id = 5",
              "DELETE FROM vehicle WHERE id = 6",
              "TRUNCATE ONLY vehicle",
              "BEGIN; INSERT INTO vehicle VALUES (7); TRUNCATE vehicle; INSERT INTO truck VALUES"
                  + " (8); COMMIT");
      for (String change : changes) {
        pair.sourceDatabase.execute(change);
        pair.catchUp();

        assertThat(pair.targetRows()).as(change).isEqualTo(pair.sourceRows());
      }
      assertThat(pair.sourceRows()).hasSizeGreaterThan(150);
    }
  }

  @ParameterizedTest
  @CsvSource({"14, 18", "18, 14"})
  void bringsEverythingInOneBatchToo(int from, int to) throws Exception {
    try (StreamedPair pair = pair(from, to)) {
      pair.sourceDatabase.execute(ROWS);
      pair.sourceDatabase.execute("UPDATE item SET note = " + LARGE + " WHERE id <= 3");
      pair.sourceDatabase.execute("UPDATE item SET id = DEFAULT, flag = false WHERE id <= 2");
      pair.sourceDatabase.execute("UPDATE pair SET v = " + LARGE);
      pair.sourceDatabase.execute("UPDATE pair SET a = a + 1000 WHERE a <= 10");
      pair.sourceDatabase.execute("TRUNCATE parent CASCADE");
      pair.sourceDatabase.execute("INSERT INTO parent VALUES (1)");
      pair.sourceDatabase.execute("DELETE FROM ONLY vehicle WHERE id < 4");
      pair.sourceDatabase.execute("UPDATE ONLY vehicle SET note = 'mine' WHERE id = 4");
      pair.sourceDatabase.execute("UPDATE truck SET note = 'truck' WHERE id = 5");
      pair.follow();
      pair.catchUp();

      assertThat(pair.targetRows()).isEqualTo(pair.sourceRows());
    }
  }

  @ParameterizedTest
  @CsvSource({"14, 18", "18, 14"})
  void freshnessComesWithoutChangesAndWithUnpublishedOnes(int from, int to) throws Exception {
    try (StreamedPair pair = pair(from, to).follow()) {
      pair.stream.keepFresh(true);
      pair.sourceDatabase.execute("CREATE UNLOGGED TABLE elsewhere (a int)");
      long written = System.nanoTime();

      while (!pair.freshness.covers(written)) {
        assertThat(System.nanoTime() - written).isLessThan(TimeUnit.SECONDS.toNanos(60));
        Thread.onSpinWait();
      }
      assertThat(pair.stream.lagBytes()).isGreaterThanOrEqualTo(0);
    }
  }

  @Test
  void streamOfAnEndedEpochSaysNothingAboutFreshnessThoughItConnectsAgain() throws Exception {
    try (StreamedPair pair = pair(14, 18).follow()) {
      pair.stream.keepFresh(true);
      pair.stream.ceaseFreshness();
      pair.freshness.reset();

      pair.catchUp();
      pair.sourceDatabase.execute(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
              + StreamedPair.NAME
              + "'");
      for (int i = 0; i < 20; i++) {
        pair.catchUpThroughFailures();
      }

      assertThat(pair.freshness.instant()).isEqualTo(Freshness.NEVER);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ALTER TABLE parent ADD COLUMN more text, the target lacks more",
    "ALTER TABLE parent ALTER COLUMN id TYPE bigint, another type",
    "ALTER TABLE pair DROP COLUMN v, only the target has v"
  })
  void aChangedDefinitionStopsTheStreamAndIsNamed(String change, String named) throws Exception {
    try (StreamedPair pair = pair(14, 18).follow()) {
      pair.sourceDatabase.execute(ROWS);
      pair.catchUp();
      pair.sourceDatabase.execute("ALTER TABLE child DROP CONSTRAINT child_parent_fkey");
      pair.sourceDatabase.execute(change);
      pair.sourceDatabase.execute("INSERT INTO parent (id) VALUES (90)");
      pair.sourceDatabase.execute("INSERT INTO pair (a, b) VALUES (90, '')");
      while (!(pair.stream.state() instanceof ChangeStream.State.Failed)) {
        Thread.onSpinWait();
      }

      assertThat(pair.stream.state())
          .isInstanceOfSatisfying(
              ChangeStream.State.Failed.class,
              failed -> assertThat(failed.reason()).contains("definition").contains(named));
      assertThat(pair.stream.marker()).isCompletedExceptionally();
    }
  }

  @Test
  void onlyWhatThisRouteItselfBroughtToTheSourceIsLeftOut() throws Exception {
    try (StreamedPair pair = pair(14, 18).follow()) {
      String other = StreamedPair.ROUTE + "_2";
      insertFrom(pair, "turnout_" + other + "_0", 1);
      insertFrom(pair, "turnout_" + StreamedPair.ROUTE + "_77", 2);
      pair.catchUp();

      assertThat(pair.targetRows()).containsExactly("public.parent (1)");
    }
  }

  private static void insertFrom(StreamedPair pair, String origin, int id) throws SQLException {
    try (Connection connection = pair.sourceDatabase.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_replication_origin_create('" + origin + "')");
      statement.execute("SELECT pg_replication_origin_session_setup('" + origin + "')");
      statement.execute("INSERT INTO parent VALUES (" + id + ")");
      statement.execute("SELECT pg_replication_origin_session_reset()");
      statement.execute("SELECT pg_replication_origin_drop('" + origin + "')");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void aSourceThatIsStoppedIsNotHeldUpAndIsFollowedAgain(int major) throws Exception {
    try (PostgresServer server = PostgresServer.builder(major).start();
        StreamedPair pair =
            new StreamedPair(
                PostgresDatabase.create(server, "shop"),
                SharedPostgres.database(18),
                "CREATE TABLE item (id int PRIMARY KEY)")) {
      pair.follow();
      pair.sourceDatabase.execute("INSERT INTO item VALUES (1)");
      pair.catchUp();

      // Returns when the server has ended, for which it waits for its readers.
      server.restart();

      pair.sourceDatabase.execute("INSERT INTO item VALUES (2)");
      pair.catchUpThroughFailures();
      assertThat(pair.targetRows()).isEqualTo(pair.sourceRows()).hasSize(2);
    }
  }

  @Test
  void aSlotThatIsGoneIsNotSilentlyMadeAnew() throws Exception {
    try (StreamedPair pair = pair(14, 18)) {
      new ReplicationSlot(pair.source, StreamedPair.NAME).drop();
      pair.stream.start();
      ChangeStream.State state = pair.stream.awaitFollowing(TimeUnit.SECONDS.toNanos(60));

      assertThat(state)
          .isInstanceOfSatisfying(
              ChangeStream.State.Failed.class,
              failed -> assertThat(failed.reason()).contains("is gone"));
    }
  }

  @Test
  void aStreamThatWaitsForATargetBeforeItFollowsCanBeEnded() throws Exception {
    try (StreamedPair pair = pair(14, 18);
        Connection holder = pair.targetDatabase.connect();
        Statement statement = holder.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("LOCK TABLE turnout.stream");
      pair.stream.start();
      awaitWaiting(pair);

      pair.stream.close();

      assertThat(pair.stream.state()).isInstanceOf(ChangeStream.State.Waiting.class);
      statement.execute("ROLLBACK");
    }
  }

  private static void awaitWaiting(StreamedPair pair) throws Exception {
    try (Connection connection = pair.targetDatabase.connect();
        Statement statement = connection.createStatement()) {
      boolean waiting = false;
      while (!waiting) {
        try (ResultSet row =
            statement.executeQuery(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
                    + " AND relation = 'turnout.stream'::regclass)")) {
          row.next();
          waiting = row.getBoolean(1);
        }
      }
    }
  }
}
