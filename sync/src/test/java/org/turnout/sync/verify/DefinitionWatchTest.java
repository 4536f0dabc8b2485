package org.turnout.sync.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.StreamedPair;
import org.turnout.sync.side.Definitions;
import org.turnout.sync.side.Table;

/** What happens to the primary's tables besides their rows, noticed on a real server. */
class DefinitionWatchTest {
  private static final String SCHEMA =
      """
      CREATE TABLE item (id int PRIMARY KEY, name text, size int);
      CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE child (extra int, PRIMARY KEY (id)) INHERITS (parent);
      CREATE TABLE event (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE event_low PARTITION OF event FOR VALUES FROM (0) TO (10);
      CREATE TABLE event_high PARTITION OF event FOR VALUES FROM (10) TO (20)
        PARTITION BY RANGE (at);
      CREATE TABLE event_teen PARTITION OF event_high FOR VALUES FROM (10) TO (20);
      INSERT INTO item SELECT i, 'n', i FROM generate_series(1, 9) i;
      INSERT INTO event SELECT i, i FROM generate_series(1, 19) i;
      """;

  private StreamedPair pair;
  private DefinitionWatch watch;

  @BeforeEach
  void open() throws Exception {
    pair = new StreamedPair(SharedPostgres.database(14), SharedPostgres.database(18), SCHEMA);
    Definitions known;
    try (Connection connection = pair.source.control()) {
      known = Definitions.load(connection, pair.name().toString());
    }
    watch =
        new DefinitionWatch(
            pair.source, pair.target, pair.name(), pair.tables, known, pair.changedKeys);
    watch.require();
    assertThat(watch.inspect()).isEmpty();
  }

  @AfterEach
  void close() throws Exception {
    pair.close();
  }

  private Table table(String name) {
    return pair.tables.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  private void requireBlocked(String code, String table) throws SyncException {
    assertThat(watch.inspect())
        .anySatisfy(
            finding -> {
              assertThat(finding.code()).isEqualTo(code);
              assertThat(finding.severity()).isEqualTo(Severity.BLOCKER);
              assertThat(finding.subject()).isEqualTo(table);
            });
    assertThatThrownBy(watch::require)
        .isInstanceOf(SyncException.class)
        .hasMessageContaining(table)
        .satisfies(
            e ->
                assertThat(((SyncException) e).findings())
                    .extracting(Finding::code)
                    .contains(code));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE late (id int PRIMARY KEY) | table-not-followed | public.late",
        "DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, name text, size int)"
            + " | table-not-followed | public.item",
        "CREATE TABLE new (LIKE item INCLUDING ALL); ALTER TABLE item RENAME TO old;"
            + " ALTER TABLE new RENAME TO item; DROP TABLE old | table-not-followed | public.item",
        "ALTER PUBLICATION turnout_shop_0 DROP TABLE item | table-not-followed | public.item",
        "ALTER TABLE item RENAME TO thing | table-gone | public.item",
        "ALTER TABLE item RENAME TO thing | table-not-followed | public.thing",
        "DROP TABLE item | table-gone | public.item",
        "ALTER TABLE event DETACH PARTITION event_low | table-not-followed | public.event_low",
        "ALTER TABLE item ADD COLUMN more int DEFAULT 7 | table-changed | public.item",
        "ALTER TABLE item DROP COLUMN size | table-changed | public.item",
        "ALTER TABLE item ALTER COLUMN size TYPE bigint | table-changed | public.item",
        "ALTER TABLE item RENAME COLUMN size TO length | table-changed | public.item",
        "ALTER TABLE event ADD COLUMN more int | table-changed | public.event",
      })
  void whatIsNoLongerTheSameTableIsABlocker(String change, String code, String table)
      throws Exception {
    pair.sourceDatabase.execute(change);

    requireBlocked(code, table);
  }

  @Test
  void aColumnThatBothSidesGotMeanwhileStillAsksForANewStream() throws Exception {
    pair.sourceDatabase.execute("ALTER TABLE item ADD COLUMN more int");
    pair.targetDatabase.execute("ALTER TABLE item ADD COLUMN more int");

    requireBlocked("table-changed", "public.item");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUNCATE event_low",
        "TRUNCATE event_teen",
        "ALTER TABLE event DETACH PARTITION event_low; DROP TABLE event_low",
        "CREATE TABLE event_more (id int, at int, PRIMARY KEY (id, at));"
            + " INSERT INTO event_more VALUES (25, 25);"
            + " ALTER TABLE event ATTACH PARTITION event_more FOR VALUES FROM (20) TO (30)",
        "DROP TABLE event_low"
      })
  void rowsThatComeOrGoWithPartitionsAreComparedAndFoundToDiffer(String change) throws Exception {
    try (Verifier verifier =
        new Verifier(
            pair.source,
            pair.target,
            pair.tables,
            pair.follow().stream.gate(),
            pair.changedKeys,
            SyncConfig.DEFAULT,
            watch)) {
      pair.targetDatabase.execute("TRUNCATE event");
      pair.targetDatabase.execute("INSERT INTO event SELECT i, i FROM generate_series(1, 19) i");
      assertThat(verifier.compareChanged(Duration.ofSeconds(60)).clean()).isTrue();
      pair.sourceDatabase.execute(change);
      pair.catchUp();

      assertThat(verifier.compareChanged(Duration.ofSeconds(60)).differenceCount()).isPositive();
      assertThat(pair.changedKeys.isWhole(table("event"))).isTrue();
      assertThat(watch.inspect())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.code()).isEqualTo("partitions-changed");
                assertThat(finding.severity()).isEqualTo(Severity.WARNING);
                assertThat(finding.subject()).isEqualTo("public.event");
              });
    }
  }

  @Test
  void aTableThatWasWrittenAnewIsComparedAsAWhole() throws Exception {
    pair.sourceDatabase.execute("ALTER TABLE item ALTER COLUMN size TYPE int USING size + 1");

    watch.require();

    assertThat(pair.changedKeys.isWhole(table("item"))).isTrue();
    assertThat(pair.changedKeys.isWhole(table("event"))).isFalse();
    pair.changedKeys.take();
    watch.require();
    assertThat(pair.changedKeys.size()).isZero();
  }

  @Test
  void rowsIndexesAndNewEmptyPartitionsOfTheStreamAreNoNews() throws Exception {
    pair.sourceDatabase.execute("UPDATE item SET size = size + 1");
    pair.sourceDatabase.execute("CREATE INDEX ON item (size)");
    pair.sourceDatabase.execute("ANALYZE");
    pair.sourceDatabase.execute("DELETE FROM event");
    pair.sourceDatabase.execute("TRUNCATE ONLY parent");

    assertThat(watch.inspect()).isEmpty();
    assertThat(pair.changedKeys.isWhole(table("item"))).isFalse();
    assertThat(pair.changedKeys.isWhole(table("child"))).isFalse();
  }

  @Test
  void aSecondaryThatIsNotTheSameIsNamedBeforeItIsPrimary() throws Exception {
    pair.targetDatabase.execute("ALTER TABLE item ADD COLUMN more int");
    pair.targetDatabase.execute("DROP TABLE child");
    pair.targetDatabase.execute("CREATE TABLE additional (id int PRIMARY KEY)");

    assertThat(watch.inspect())
        .extracting(finding -> finding.code() + " " + finding.subject() + " " + finding.severity())
        .containsExactlyInAnyOrder(
            "table-differs public.item BLOCKER",
            "table-missing public.child BLOCKER",
            "table-only-on-secondary public.additional WARNING");
    assertThat(watch.inspect().stream().map(Finding::message).toList())
        .anyMatch(message -> message.contains("more integer"));
  }

  @Test
  void lookingWaitsForNobodysLock() throws Exception {
    try (Connection other = pair.sourceDatabase.connect();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE item, event IN ACCESS EXCLUSIVE MODE");

      assertThat(watch.inspect()).isEqualTo(List.of());
    }
  }
}
