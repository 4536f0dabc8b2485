package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Verification;
import org.turnout.sync.Verification.Difference;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.verify.Verifier;

/** Tables whose rows are named by nothing but all they hold, with rows that are there twice. */
class KeylessTableTest {
  private static final String SCHEMA =
      """
           CREATE TABLE loose (a int, b text, n numeric, f float8, c char(5), j json, p point, s text[],
      big text,
                               i int GENERATED ALWAYS AS IDENTITY (CYCLE MAXVALUE 3));
           ALTER TABLE loose REPLICA IDENTITY FULL;
      """;

  private static final List<String> STEPS =
      List.of(
          "INSERT INTO loose (a, b, n, f) SELECT %1$d, 'b', 1.0, 0 FROM generate_series(1, 3)",
          "INSERT INTO loose (a, b, n, f, c) VALUES (%1$d, NULL, 1.00, '-0', 'x'), (%1$d, '', 1,"
              + " 'NaN', '')",
          "INSERT INTO loose (a, j, p, s) VALUES (%1$d, '{\"k\": 1}', '(0.1,2)', '{\"a,b\",NULL}'),"
              + " (%1$d, '{\"k\":1}', '(0.1,2)', '{}')",
          "INSERT INTO loose (a, big) SELECT %1$d, (SELECT string_agg(md5(random()::text), '') FROM"
              + " generate_series(1, 200))",
          "UPDATE loose SET b = b || 'y', c = 'up' WHERE ctid = (SELECT ctid FROM loose WHERE a ="
              + " %1$d LIMIT 1)",
          "UPDATE loose SET a = a + 1 WHERE a = %1$d",
          "UPDATE loose SET n = n + 0.00 WHERE a = %1$d",
          "UPDATE loose SET i = DEFAULT WHERE a = %1$d",
          "DELETE FROM loose WHERE ctid = (SELECT ctid FROM loose WHERE a = %1$d LIMIT 1)",
          "DELETE FROM loose WHERE ctid = (SELECT max(ctid) FROM loose WHERE a = %1$d AND n = 1)");

  private static void write(PostgresDatabase source, Random random, int transactions) {
    for (int i = 0; i < transactions; i++) {
      List<String> steps = new ArrayList<>(List.of("BEGIN"));
      for (int step = random.nextInt(4); step >= 0; step--) {
        steps.add(STEPS.get(random.nextInt(STEPS.size())).formatted(random.nextInt(6)));
      }
      steps.add(random.nextInt(8) == 0 ? "ROLLBACK" : "COMMIT");
      source.execute(String.join("; ", steps));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void randomChangesOfEqualRowsArriveExactlyOnceThoughTheTargetIsKilled(long seed)
      throws Exception {
    try (PostgresServer target = PostgresServer.builder(18).start();
        StreamedPair pair =
            new StreamedPair(
                SharedPostgres.database(14), PostgresDatabase.create(target, "one"), SCHEMA)) {
      pair.follow();
      Random random = new Random(seed);
      for (int round = 0; round < 3; round++) {
        write(pair.sourceDatabase, random, 50);
        target.kill();
        write(pair.sourceDatabase, random, 20);
        target.start();
        pair.catchUpThroughFailures();
        assertThat(pair.targetRows()).isEqualTo(pair.sourceRows()).isNotEmpty();
        pair.restart();
      }
      write(pair.sourceDatabase, random, 100);
      pair.catchUp();
      assertThat(pair.targetRows()).isEqualTo(pair.sourceRows());
    }
  }

  @Test
  void oneOfTwoEqualRowsThatIsGoneIsFoundAndOneThatIsTooMuch() throws Exception {
    try (StreamedPair pair =
        new StreamedPair(SharedPostgres.database(14), SharedPostgres.database(18), SCHEMA)) {
      pair.follow();
      write(pair.sourceDatabase, new Random(3), 100);
      pair.sourceDatabase.execute(
          "INSERT INTO loose (a, b) VALUES (70, 'twin'), (70, 'twin'), (71, repeat('z', 900))");
      pair.catchUp();
      try (Verifier verifier =
          new Verifier(
              pair.source,
              pair.target,
              pair.tables,
              pair.stream.gate(),
              pair.changedKeys,
              SyncConfig.DEFAULT,
              () -> {})) {
        assertThat(verifier.verify((rows, total, differences) -> {}).clean()).isTrue();
        pair.sourceDatabase.execute("DELETE FROM loose WHERE a = 0");
        pair.catchUp();
        assertThat(verifier.compareChanged(Duration.ofSeconds(30)).clean()).isTrue();

        pair.targetDatabase.execute(
            """
            DELETE FROM loose WHERE ctid = (SELECT min(ctid) FROM loose WHERE a = 70);
            INSERT INTO loose (a, b) VALUES (72, repeat('z', 900));
            """);
        Verification verification = verifier.verify((rows, total, differences) -> {});
        assertThat(verification.differences())
            .extracting(Difference::kind)
            .containsExactlyInAnyOrder(Kind.MISSING_ON_SECONDARY, Kind.ONLY_ON_SECONDARY);
        assertThat(verification.differences())
            .allSatisfy(difference -> assertThat(difference.key()).hasSizeLessThan(210))
            .anySatisfy(difference -> assertThat(difference.key()).contains("(70,twin,"))
            .anySatisfy(difference -> assertThat(difference.key()).contains("(72,zzz"));
      }
    }
  }
}
