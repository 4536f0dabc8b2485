package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Verification;
import org.turnout.sync.side.Definitions;
import org.turnout.sync.verify.DefinitionWatch;
import org.turnout.sync.verify.Verifier;

/** Random transactions, failures in their midst, and equality of every row in the end. */
class ChangeStreamFuzzTest {
  /**
   * On the target only: notes each time a row of the table comes, so that what came twice shows,
   * although the row looks the same.
   */
  private static final String COUNTING =
      """
      CREATE TABLE arrival (id bigint);
      CREATE FUNCTION note_arrival() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.arrival VALUES (NEW.id); RETURN NULL; END';
      CREATE TRIGGER arrived AFTER INSERT OR UPDATE ON event
        FOR EACH ROW EXECUTE FUNCTION note_arrival();
      ALTER TABLE event ENABLE ALWAYS TRIGGER arrived;
      """;

  private static StreamedPair pair(PostgresDatabase source, PostgresDatabase target)
      throws Exception {
    StreamedPair pair = new StreamedPair(source, target, RandomWorkload.SCHEMA);
    target.execute(COUNTING);
    return pair;
  }

  private static void requireEqualAndOnce(StreamedPair pair) throws SQLException {
    List<String> expected = pair.sourceRows();
    assertThat(pair.targetRows()).isEqualTo(expected);
    assertThat(numbers(pair.targetDatabase, "SELECT id FROM arrival ORDER BY id"))
        .as("rows of event as they came, each once")
        .isEqualTo(numbers(pair.sourceDatabase, "SELECT id FROM event ORDER BY id"))
        .isNotEmpty();
  }

  private static List<Long> numbers(PostgresDatabase database, String sql) throws SQLException {
    List<Long> numbers = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        numbers.add(row.getLong(1));
      }
    }
    return numbers;
  }

  @ParameterizedTest
  @CsvSource({"14, 18, 1", "18, 14, 2"})
  void randomTransactionsArriveExactlyOnce(int from, int to, long seed) throws Exception {
    try (StreamedPair pair = pair(SharedPostgres.database(from), SharedPostgres.database(to));
        RandomWorkload workload = new RandomWorkload(pair.sourceDatabase)) {
      pair.follow();
      assertThat(workload.start(seed, 4, 300).join()).isPositive();
      pair.catchUp();

      requireEqualAndOnce(pair);
    }
  }

  @Test
  void smallMemoryIsEnough() throws Exception {
    try (StreamedPair pair = pair(SharedPostgres.database(14), SharedPostgres.database(18));
        RandomWorkload workload = new RandomWorkload(pair.sourceDatabase)) {
      pair.stream = pair.newStream(Map.of(), 20_000);
      pair.follow();
      workload.start(3, 3, 100).join();
      pair.catchUp();

      requireEqualAndOnce(pair);
    }
  }

  @ParameterizedTest
  @CsvSource({"14, 18, 4", "18, 14, 5"})
  void aNewStreamGoesOnWhereTheLastOneEnded(int from, int to, long seed) throws Exception {
    try (StreamedPair pair = pair(SharedPostgres.database(from), SharedPostgres.database(to));
        RandomWorkload workload = new RandomWorkload(pair.sourceDatabase)) {
      pair.follow();
      workload.start(seed, 4, 200);
      for (int i = 1; i <= 5; i++) {
        while (workload.committed() < i * 40) {
          Thread.onSpinWait();
        }
        pair.restart();
      }
      workload.join();
      pair.catchUp();

      requireEqualAndOnce(pair);
    }
  }

  @ParameterizedTest
  @CsvSource({"14, 18, true", "14, 18, false", "18, 14, true"})
  void killedServersLoseAndDoubleNothing(int from, int to, boolean killTarget) throws Exception {
    try (PostgresServer source = PostgresServer.builder(from).start();
        PostgresServer target = PostgresServer.builder(to).start();
        StreamedPair pair =
            pair(PostgresDatabase.create(source, "one"), PostgresDatabase.create(target, "one"));
        RandomWorkload workload = new RandomWorkload(pair.sourceDatabase)) {
      pair.follow();
      PostgresServer victim = killTarget ? target : source;
      workload.start(6, 4, 400);
      for (int i = 1; i <= 3; i++) {
        while (workload.committed() < i * 60) {
          Thread.onSpinWait();
        }
        victim.kill();
        victim.start();
      }
      workload.close();
      pair.catchUpThroughFailures();

      requireEqualAndOnce(pair);
    }
  }

  /** The stream does not tell of it, so the comparison has to, and of nothing else. */
  @ParameterizedTest
  @CsvSource({"14, 18, 7", "18, 14, 8"})
  void partitionsTruncatedUnderRandomTransactionsAreFoundToDiffer(int from, int to, long seed)
      throws Exception {
    try (StreamedPair pair = pair(SharedPostgres.database(from), SharedPostgres.database(to));
        RandomWorkload workload = new RandomWorkload(pair.sourceDatabase)) {
      DefinitionWatch watch = watch(pair);
      pair.follow();
      workload.start(seed, 3, 200);
      for (int i = 1; i <= 4; i++) {
        while (workload.committed() < i * 40) {
          Thread.onSpinWait();
        }
        truncate(pair.sourceDatabase, i % 2 == 0 ? "region_low" : "region_high");
      }
      workload.join();
      pair.sourceDatabase.execute("INSERT INTO region VALUES (1000, 10, ''), (1000, 60, '')");
      pair.catchUp();
      truncate(pair.sourceDatabase, "region_low");
      try (Verifier verifier = verifier(pair, watch)) {
        Verification compared = verifier.compareChanged(Duration.ofSeconds(60));

        Set<String> kept = new TreeSet<>(pair.targetRows());
        pair.sourceRows().forEach(kept::remove);
        assertThat(compared.differenceCount()).isEqualTo(kept.size()).isPositive();
        assertThat(compared.differences())
            .allSatisfy(row -> assertThat(row.table()).isEqualTo("public.region"));
      }
    }
  }

  private static DefinitionWatch watch(StreamedPair pair) throws Exception {
    try (Connection connection = pair.source.control()) {
      return new DefinitionWatch(
          pair.source,
          pair.target,
          StreamedPair.NAME,
          pair.tables,
          Definitions.load(connection, StreamedPair.NAME.toString()),
          pair.changedKeys);
    }
  }

  private static Verifier verifier(StreamedPair pair, DefinitionWatch watch) {
    return new Verifier(
        pair.source,
        pair.target,
        pair.tables,
        pair.stream.gate(),
        pair.changedKeys,
        SyncConfig.DEFAULT,
        watch);
  }

  /** Until the transactions that run let it: it may be the victim of a deadlock. */
  private static void truncate(PostgresDatabase database, String partition) throws SQLException {
    while (true) {
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("TRUNCATE " + partition);
        return;
      } catch (SQLException e) {
        if (!"40P01".equals(e.getSQLState())) {
          throw e;
        }
      }
    }
  }
}
