package org.turnout.sync.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;
import org.turnout.sync.Verification.Difference;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.TestSides;

class VerifierTest {
  private final TwoSides sides = new TwoSides(14, 18);
  private final RecordedKeys keys = new RecordedKeys(List.of());

  @AfterEach
  void close() {
    sides.close();
  }

  private Verification verify() throws Exception {
    try (Verifier verifier = sides.verifier(keys)) {
      return verifier.verify((rows, total, differences) -> {});
    }
  }

  @Test
  void findsTheSameRowsOfEveryKindOfTableAndTypeEqual() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));

    Verification verification = verify();

    assertThat(verification.differences()).isEmpty();
    assertThat(verification.clean()).isTrue();
    assertThat(verification.tables()).isEqualTo(5);
    assertThat(verification.rowsCompared()).isEqualTo(2003 + 5000 + 100 + 54_000);
  }

  @Test
  void comparesKeysOfTypesWhoseEqualityLiesInAnotherSchema() throws Exception {
    sides.execute(
        """
        CREATE EXTENSION ltree;
        CREATE EXTENSION citext;
        CREATE DOMAIN way AS ltree;
        CREATE TABLE tree (at way, name citext, number bigint, v text,
                           PRIMARY KEY (at, name, number));
        INSERT INTO tree VALUES ('top.left', 'A', 1, 'same'), ('top.right', 'B', 2, 'same');
        """);
    sides.greenDatabase.execute("UPDATE tree SET v = 'other' WHERE number = 2");
    Table tree = sides.table("public.tree");
    keys.changed(tree, List.of(List.of("top.left", "A", "1"), List.of("top.right", "B", "2")));
    try (Verifier verifier = sides.verifier(keys)) {
      assertThat(verifier.verifyChanged().differences())
          .singleElement()
          .satisfies(
              difference -> {
                assertThat(difference.kind()).isEqualTo(Kind.DIFFERENT);
                assertThat(difference.columns()).containsExactly("v");
              });
    }
  }

  @Test
  void comparesTheSameRowsWhateverTheirOrderOnDisk() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sides.blueDatabase.execute("INSERT INTO t SELECT n, n::text FROM generate_series(1, 9999) n");
    sides.greenDatabase.execute(
        "INSERT INTO t SELECT n, n::text FROM generate_series(9999, 1, -1) n");

    assertThat(verify().clean()).isTrue();
  }

  @Test
  void locatesEachKindOfDifferenceToItsKey() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));
    sides.greenDatabase.execute(
        """
        DELETE FROM many WHERE id = 77;
        INSERT INTO many VALUES (1000000, 'surplus');
        UPDATE many SET value = 'other' WHERE id = 59999;
        UPDATE orders SET total = total + 0.01 WHERE id = 17;
        UPDATE "Odd Names"."Mixed ""Case""\" SET "Value" = NULL WHERE "Key" = 5;
        INSERT INTO empty_table VALUES (3, '');
        """);

    Verification verification = verify();

    assertThat(verification.clean()).isFalse();
    assertThat(verification.complete()).isTrue();
    assertThat(verification.differenceCount()).isEqualTo(6);
    assertThat(verification.differences())
        .extracting(Difference::table, Difference::key, Difference::kind, Difference::columns)
        .containsExactlyInAnyOrder(
            tuple("public.many", "id=77", Kind.MISSING_ON_SECONDARY, List.of()),
            tuple("public.many", "id=1000000", Kind.ONLY_ON_SECONDARY, List.of()),
            tuple("public.many", "id=59999", Kind.DIFFERENT, List.of("value")),
            tuple(
                "public.orders",
                "id=17, placed=2023-12-03 20:00:00+00",
                Kind.DIFFERENT,
                List.of("total")),
            tuple(
                "Odd Names.Mixed \"Case\"",
                "Key=5, Second Key=k5",
                Kind.DIFFERENT,
                List.of("Value")),
            tuple("public.empty_table", "id=3", Kind.ONLY_ON_SECONDARY, List.of()));
  }

  /** Each change is one that a careless comparison takes for none. */
  @Test
  void locatesTheSmallestDifferenceOfEveryTypeToItsColumn() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));
    Map<String, String> changes =
        Map.ofEntries(
            Map.entry("mood", "NULL"),
            Map.entry("moods", "'{sad}'"),
            Map.entry("feeling", "'ok'"),
            Map.entry("discount", "12.51"),
            Map.entry("home", "ROW('a street', NULL, 'ok')::place"),
            Map.entry("attributes", "'{\"a\": [1, 2.5]}'"),
            Map.entry("raw", "'{\"b\":2}'"),
            Map.entry("tags", "'{a,\"b c\",\"NULL\",\"\"}'"),
            Map.entry("matrix", "'{1,2,3,4}'"),
            Map.entry("balance", "123.45"),
            Map.entry("ratio", "0.1 + 1e-17 + 1e-17"),
            Map.entry("small", "0.10000001"),
            Map.entry("born", "'2024-02-28'"),
            Map.entry("seen", "'2024-03-31 01:30:00.000001+00'"),
            Map.entry("local", "'infinity'"),
            Map.entry("span", "'1 mon -3 days 04:05:06.788'"),
            Map.entry("active", "NULL"),
            Map.entry("token", "'00112233-4455-6677-8899-aabbccddeefe'"),
            Map.entry("address", "'2001:db8::1/65'"),
            Map.entry("bits", "B'10110'"),
            Map.entry("during", "'(2024-01-01 00:00+00,)'"),
            Map.entry("relation", "'pg_catalog.pg_type'"),
            Map.entry("picture", "'\\x00fe'"),
            Map.entry("letters", "'aB'"));
    try (Verifier verifier = sides.verifier(keys);
        Connection green = sides.greenDatabase.connect();
        Statement statement = green.createStatement()) {
      Table customers = sides.table("public.customers");
      for (Map.Entry<String, String> change : changes.entrySet()) {
        statement.execute("CREATE TEMP TABLE was AS SELECT * FROM customers WHERE id = 1");
        statement.execute(
            "UPDATE customers SET \"%s\" = %s WHERE id = 1"
                .formatted(change.getKey(), change.getValue()));
        keys.changed(customers, List.of(List.of("1")));

        assertThat(verifier.verifyChanged().differences())
            .as(change.getKey())
            .extracting(Difference::kind, Difference::columns)
            .containsExactly(tuple(Kind.DIFFERENT, List.of(change.getKey())));
        statement.execute(
            "UPDATE customers SET \"%1$s\" = was.\"%1$s\" FROM was WHERE customers.id = was.id"
                .formatted(change.getKey()));
        statement.execute("DROP TABLE was");
        assertThat(verifier.verifyChanged().clean()).as(change.getKey()).isTrue();
      }
    }
  }

  @Test
  void tellsNullFromEmptyAndMinusZeroFromZero() throws Exception {
    sides.execute(
        """
        CREATE TABLE t (id int PRIMARY KEY, a text, b text, c float8, d numeric, e text[]);
        INSERT INTO t VALUES (1, NULL, '', '-0', 1.0, '{}'), (2, '', NULL, 0, 1.00, NULL),
          (3, 'x', 'yz', 'NaN', 'NaN', '{NULL}'), (4, 'a,b', 'c', 0, 0, '{a}');
        """);
    sides.greenDatabase.execute(
        """
        UPDATE t SET a = '' WHERE id = 1;
        UPDATE t SET c = '-0' WHERE id = 2;
        UPDATE t SET a = 'xy', b = 'z', e = '{"NULL"}' WHERE id = 3;
        UPDATE t SET d = 0.0, a = 'a', b = 'b,c' WHERE id = 4;
        """);

    assertThat(verify().differences())
        .extracting(Difference::key, Difference::columns)
        .containsExactlyInAnyOrder(
            tuple("id=1", List.of("a")),
            tuple("id=2", List.of("c")),
            tuple("id=3", List.of("a", "b", "e")),
            tuple("id=4", List.of("a", "b", "d")));
  }

  /** Characters that rows and arrays put into quotes. */
  @Test
  void quotedCharactersAreNoDifferenceAndHideNone() throws Exception {
    sides.execute(
        """
        CREATE TYPE pair AS (a text, b text[]);
        CREATE TABLE t (id int PRIMARY KEY, a text, b text[], c pair);
        INSERT INTO t SELECT n, chr(n), ARRAY[chr(n), 'z'], ROW(chr(n), ARRAY[chr(n)])::pair
          FROM generate_series(1, 300) n;
        """);

    assertThat(verify().clean()).isTrue();
    sides.greenDatabase.execute(
        """
        UPDATE t SET b = ARRAY[chr(id) || ',z'] WHERE id = 11;
        UPDATE t SET c = ROW(NULL, b)::pair WHERE id = 34;
        """);
    assertThat(verify().differences())
        .extracting(Difference::key, Difference::columns)
        .containsExactlyInAnyOrder(tuple("id=11", List.of("b")), tuple("id=34", List.of("c")));
  }

  @Test
  void comparesTablesWithoutAKeyAsBagsOfRows() throws Exception {
    sides.execute("CREATE TABLE bag (a int, b text)");
    sides.blueDatabase.execute("INSERT INTO bag VALUES (1, 'x'), (1, 'x'), (2, NULL), (3, 'z')");
    sides.greenDatabase.execute("INSERT INTO bag VALUES (1, 'x'), (2, NULL), (2, NULL), (3, 'Z')");

    assertThat(verify().differences())
        .extracting(Difference::key, Difference::kind)
        .containsExactlyInAnyOrder(
            tuple("row (1,x)", Kind.MISSING_ON_SECONDARY),
            tuple("row (2,)", Kind.ONLY_ON_SECONDARY),
            tuple("row (3,z)", Kind.MISSING_ON_SECONDARY),
            tuple("row (3,Z)", Kind.ONLY_ON_SECONDARY));
  }

  @Test
  void countsAllDifferencesAndKeepsAThousand() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sides.execute("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 50000) n; ANALYZE t");
    sides.greenDatabase.execute("UPDATE t SET v = 'y' WHERE id % 10 = 0");

    Verification verification = verify();

    assertThat(verification.differenceCount()).isEqualTo(5_000);
    assertThat(verification.differences()).hasSize(1_000).allMatch(d -> d.columns().size() == 1);
    assertThat(keys.now().values()).containsExactly(new Changed.Whole());
  }

  @Test
  void findsASecondRowOfOneKeyOnTheSecondary() throws Exception {
    sides.blueDatabase.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sides.greenDatabase.execute("CREATE TABLE t (id int, v text)");
    sides.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    sides.greenDatabase.execute("INSERT INTO t VALUES (2, 'b')");

    assertThat(verify().differences())
        .extracting(Difference::key, Difference::kind)
        .containsExactly(tuple("id=2", Kind.ONLY_ON_SECONDARY));
  }

  @Test
  void comparesDatabasesOfDifferentEncodings() throws Exception {
    String name = sides.blueDatabase.name() + "_latin";
    try (Connection connection = sides.blueDatabase.server().connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE DATABASE " + name + " ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
    }
    var latin = new org.turnout.embedded.PostgresDatabase(sides.blueDatabase.server(), name);
    try (latin;
        var blue = TestSides.of(org.turnout.config.Side.BLUE, latin)) {
      String rows = "CREATE TABLE t (id text PRIMARY KEY, v text); INSERT INTO t VALUES ('é', 'ü')";
      latin.execute(rows);
      sides.greenDatabase.execute(rows);
      try (Connection connection = blue.control();
          Verifier verifier =
              new Verifier(
                  blue,
                  sides.green,
                  org.turnout.sync.side.Tables.load(connection),
                  new TwoSides.StandingGate(),
                  keys,
                  org.turnout.config.SyncConfig.DEFAULT,
                  () -> {})) {
        assertThat(verifier.verify((rowsNow, total, differences) -> {}).clean()).isTrue();
        sides.greenDatabase.execute("UPDATE t SET v = 'ú'");
        assertThat(verifier.verify((rowsNow, total, differences) -> {}).differences())
            .extracting(Difference::key, Difference::columns)
            .containsExactly(tuple("id=é", List.of("v")));
      }
    }
  }

  @Test
  void takesANewSnapshotWhenTheApplierCannotStandAtThisOne() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY)");
    List<String> refused = new ArrayList<>();
    TwoSides.StandingGate gate =
        new TwoSides.StandingGate() {
          @Override
          boolean reached(SourceSnapshot snapshot) {
            refused.add(snapshot.snapshot());
            sides.blueDatabase.execute("INSERT INTO t SELECT coalesce(max(id), 0) + 1 FROM t");
            return refused.size() == 3;
          }
        };
    try (Verifier verifier = sides.verifier(keys, gate)) {
      verifier.verify((rows, total, differences) -> {});
    }

    assertThat(refused).hasSize(3).doesNotHaveDuplicates();
    assertThat(gate.holds).isEqualTo(1);
    assertThat(gate.closed).isEqualTo(1);
  }

  @Test
  void dropsChangedKeysOfTablesThatAreEqualAndKeepsThoseThatDiffer() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));
    sides.greenDatabase.execute("DELETE FROM many WHERE id = 77");
    Table many = sides.table("public.many");
    keys.changed(many, List.of(List.of("5"))).changed(sides.table("public.orders"));

    verify();

    assertThat(keys.now())
        .containsOnly(Map.entry(many, new Changed.Keys(List.of(List.of("77"), List.of("5")))));
  }

  @Test
  void keepsChangedKeysWhenTheComparisonFails() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY)");
    Table table = sides.table("public.t");
    keys.changed(table, List.of(List.of("1")));
    Map<Table, Changed> before = keys.now();
    try (Verifier verifier = sides.verifier(keys)) {
      sides.greenDatabase.execute("DROP TABLE t");

      assertThatThrownBy(() -> verifier.verify((rows, total, differences) -> {}))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("\"public.t\"");
      assertThat(keys.now()).isEqualTo(before);
      assertThatThrownBy(verifier::verifyChanged).isInstanceOf(SyncException.class);
      assertThat(keys.now()).isEqualTo(before);
    }
  }

  @Test
  void comparesWhatChangedByKeyInOneOrSeveralColumns() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));
    sides.greenDatabase.execute(
        """
        UPDATE "Odd Names"."Mixed ""Case""\" SET "Value" = 'w' WHERE "Key" = 7;
        UPDATE "Odd Names"."Mixed ""Case""\" SET "Value" = 'unseen' WHERE "Key" = 8;
        DELETE FROM orders WHERE id = 9;
        """);
    keys.changed(
            sides.table("Odd Names.Mixed \"Case\""),
            List.of(List.of("7", "k7"), List.of("6", "k6"), List.of("1", "none")))
        .changed(
            sides.table("public.orders"),
            List.of(
                List.of("9", "2023-12-02 12:00:00+00"), List.of("3", "2023-12-01 12:00:00+00")));

    try (Verifier verifier = sides.verifier(keys)) {
      Verification verification = verifier.compareChanged(Duration.ofMinutes(1));

      assertThat(verification.tables()).isEqualTo(2);
      assertThat(verification.rowsCompared()).isEqualTo(5);
      assertThat(verification.differences())
          .extracting(Difference::key, Difference::kind)
          .containsExactlyInAnyOrder(
              tuple("Key=7, Second Key=k7", Kind.DIFFERENT),
              tuple("id=9, placed=2023-12-02 12:00:00+00", Kind.MISSING_ON_SECONDARY));
    }
  }

  @Test
  void comparesAWholeTableWhenItsKeysAreNotKnown() throws Exception {
    sides.execute(TestSides.sql("everything.sql"));
    sides.greenDatabase.execute("UPDATE many SET value = 'w' WHERE id = 7");
    keys.changed(sides.table("public.many"));

    try (Verifier verifier = sides.verifier(keys)) {
      Verification verification = verifier.compareChanged(Duration.ofMinutes(1));

      assertThat(verification.rowsCompared()).isEqualTo(54_000);
      assertThat(verification.differences()).extracting(Difference::key).containsExactly("id=7");
    }
  }

  @Test
  void comparesNothingWhenNothingChanged() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY)");
    try (Verifier verifier = sides.verifier(keys)) {
      Verification verification = verifier.compareChanged(Duration.ofMinutes(1));

      assertThat(verification.clean()).isTrue();
      assertThat(verification.rowsCompared()).isZero();
    }
  }

  @Test
  void givesUpInTimeWhenASideDoesNotAnswerAndKeepsTheKeys() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY)");
    keys.changed(sides.table("public.t"));
    Map<Table, Changed> before = keys.now();
    try (Verifier verifier = sides.verifier(keys);
        Connection other = sides.greenDatabase.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");

      assertThatThrownBy(() -> verifier.compareChanged(Duration.ofMillis(300)))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("public.t");
      other.rollback();
      assertThat(keys.now()).isEqualTo(before);
      assertThat(verifier.compareChanged(Duration.ofMinutes(1)).clean()).isTrue();
    }
  }

  @Test
  void connectsAgainWhenItsConnectionsHaveEnded() throws Exception {
    sides.execute("CREATE TABLE t (id int PRIMARY KEY)");
    try (Verifier verifier = sides.verifier(keys)) {
      verifier.verify((rows, total, differences) -> {});
      sides.greenDatabase.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
              + " current_database() AND application_name = 'turnout verification'");

      assertThat(verifier.verify((rows, total, differences) -> {}).clean()).isTrue();
    }
  }

  @Test
  void givesWayToAWaitingTruncateAndComparesThatTableAgain() throws Exception {
    sides.execute(
        """
        CREATE TABLE slow (id int PRIMARY KEY);
        CREATE TABLE emptied (id int PRIMARY KEY);
        INSERT INTO emptied VALUES (1);
        INSERT INTO slow VALUES (1);
        """);
    // A comparison that lasts until the table it waits for has been emptied.
    sides.greenDatabase.execute(
        """
        CREATE FUNCTION linger(id int) RETURNS int LANGUAGE sql VOLATILE
          AS 'SELECT pg_advisory_lock(7); SELECT pg_advisory_unlock(7); SELECT 1';
        ALTER TABLE slow RENAME TO stored;
        CREATE VIEW slow AS SELECT linger(id) AS id FROM stored;
        """);
    try (Verifier verifier = sides.verifier(keys);
        Connection blocker = sides.greenDatabase.connect();
        Statement statement = blocker.createStatement();
        var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      statement.execute("SELECT pg_advisory_lock(7)");
      var verification = threads.submit(() -> verifier.verify((rows, total, differences) -> {}));
      await(
          sides.greenDatabase,
          "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");

      sides.blueDatabase.execute("TRUNCATE emptied");
      statement.execute("SELECT pg_advisory_unlock(7)");

      assertThat(verification.get().differences())
          .extracting(Difference::key, Difference::kind)
          .containsExactly(tuple("id=1", Kind.ONLY_ON_SECONDARY));
      assertThat(verification.get().rowsCompared()).isEqualTo(1);
    }
  }

  private static void await(org.turnout.embedded.PostgresDatabase database, String condition)
      throws Exception {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      boolean met = false;
      while (!met) {
        try (var row = statement.executeQuery(condition)) {
          row.next();
          met = row.getBoolean(1);
        }
      }
    }
  }
}
