package org.turnout.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.sync.engine.PostgresSyncEngineTest.catchUp;
import static org.turnout.sync.engine.PostgresSyncEngineTest.follow;
import static org.turnout.sync.engine.PostgresSyncEngineTest.prepared;
import static org.turnout.sync.engine.PostgresSyncEngineTest.route;
import static org.turnout.sync.engine.PostgresSyncEngineTest.rows;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.RouteConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;

/** DDL on a side between the beginning of a sync and the change of primary: nothing is lost. */
class TablesChangedMeanwhileTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String TABLES =
      """
      CREATE TABLE item (id int PRIMARY KEY, name text);
      CREATE TABLE unneeded (id int PRIMARY KEY);
      CREATE TABLE event (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE event_low PARTITION OF event FOR VALUES FROM (0) TO (10);
      CREATE TABLE event_high PARTITION OF event FOR VALUES FROM (10) TO (20);
      """;

  private static final String ROWS =
      """
      INSERT INTO item SELECT i, 'n' FROM generate_series(1, 9) i;
      INSERT INTO event SELECT i, i FROM generate_series(1, 19) i;
      """;

  private final PostgresDatabase blue = SharedPostgres.database(14);
  private final PostgresDatabase green = SharedPostgres.database(18);
  private final RouteConfig route = route(blue, green, prepared(16L << 30));
  private SyncEngine engine = SyncEngines.postgres(route);

  @BeforeEach
  void followAndVerify() throws Exception {
    blue.execute(TABLES + ROWS);
    green.execute(TABLES);
    engine.start(Standing.INITIAL);
    follow(engine);
    assertThat(engine.verify((rows, total, differences) -> {}).clean()).isTrue();
  }

  @AfterEach
  void remove() throws Exception {
    engine.remove(true);
    engine.close();
    green.close();
    blue.close();
  }

  private Switchover fencedAfter(String change) throws Exception {
    assertThat(engine.verifyChanged().clean()).isTrue();
    Switchover switchover = engine.prepareSwitchover(Standing.INITIAL);
    blue.execute(change);
    switchover.recordIntent(PATIENCE);
    switchover.fence(PATIENCE);
    switchover.catchUp(PATIENCE);
    return switchover;
  }

  @Test
  void aTableThatWasMadeMeanwhileIsNotTakenForAFollowedOneAfterARestart() throws Exception {
    blue.execute("CREATE TABLE late (id int PRIMARY KEY)");
    green.execute("CREATE TABLE late (id int PRIMARY KEY)");
    blue.execute("INSERT INTO late VALUES (1)");
    assertThat(engine.inspect()).anyMatch(TablesChangedMeanwhileTest::namesLate);

    engine.close();
    engine = SyncEngines.postgres(route);
    engine.start(Standing.INITIAL);
    catchUp(engine);
    blue.execute("INSERT INTO late VALUES (2)");

    assertThat(engine.inspect()).anyMatch(TablesChangedMeanwhileTest::namesLate);
    assertThatThrownBy(engine::verifyChanged).hasMessageContaining("public.late");
    assertThat(rows(green, "SELECT id FROM late")).isEmpty();
  }

  @Test
  void aSequenceThatWasMadeMeanwhileIsNamedAndDoesNotKeepARestartedStreamFromFollowing()
      throws Exception {
    blue.execute("CREATE TABLE late (id serial PRIMARY KEY); CREATE SEQUENCE alone");

    engine.close();
    engine = SyncEngines.postgres(route);
    engine.start(Standing.INITIAL);
    catchUp(engine);

    assertThat(engine.inspect())
        .extracting(finding -> finding.code() + " " + finding.subject())
        .contains(
            "table-not-followed public.late",
            "sequence-missing public.late_id_seq",
            "sequence-missing public.alone");
    blue.execute("DROP TABLE late; DROP SEQUENCE alone");
    assertThat(engine.inspect())
        .noneMatch(finding -> finding.severity() == Finding.Severity.BLOCKER);
  }

  private static boolean namesLate(Finding finding) {
    return finding.severity() == Finding.Severity.BLOCKER
        && finding.code().equals("table-not-followed")
        && finding.subject().equals("public.late");
  }

  @Test
  void whatWasDoneOnBothSidesIsFollowedOnceTheStreamBeginsAgain() throws Exception {
    String change = "ALTER TABLE item ADD COLUMN more int DEFAULT 7; DROP TABLE unneeded";
    green.execute(change);
    blue.execute(change);
    assertThat(engine.inspect())
        .extracting(finding -> finding.code() + " " + finding.subject())
        .contains("table-changed public.item", "table-gone public.unneeded");

    engine.halt();
    engine.start(Standing.INITIAL);
    catchUp(engine);
    blue.execute("UPDATE item SET more = id");
    catchUp(engine);

    assertThat(engine.inspect())
        .noneMatch(finding -> finding.severity() == Finding.Severity.BLOCKER);
    assertThat(engine.verify((rows, total, differences) -> {}).clean()).isTrue();
    assertThat(rows(green, "SELECT sum(more) FROM item")).containsExactly("45");
  }

  @Test
  void aTableThatWasExchangedRightBeforeThePauseEndsTheAttempt() throws Exception {
    Switchover switchover =
        fencedAfter(
            "CREATE TABLE new (LIKE item INCLUDING ALL); INSERT INTO new VALUES (1, 'new');"
                + "DROP TABLE item; ALTER TABLE new RENAME TO item");
    try {
      assertThatThrownBy(() -> switchover.compareChanged(PATIENCE))
          .isInstanceOf(SyncException.class)
          .satisfies(
              e ->
                  assertThat(((SyncException) e).findings())
                      .extracting(Finding::subject)
                      .containsExactly("public.item"));
    } finally {
      switchover.abort();
    }
  }

  @Test
  void aPartitionThatWasTruncatedRightBeforeThePauseIsFoundToDiffer() throws Exception {
    Switchover switchover = fencedAfter("TRUNCATE event_low");
    try {
      assertThat(switchover.compareChanged(PATIENCE).differenceCount()).isEqualTo(9);
    } finally {
      switchover.abort();
    }
    green.execute("TRUNCATE event_low");
    assertThat(engine.verifyChanged().clean()).isTrue();
  }

  @Test
  void aPartitionTruncatedRightAfterTheDecisionIsFoundToDifferOnTheWayBack() throws Exception {
    Switchover switchover = decided();
    green.execute("TRUNCATE event_low");
    switchover.complete();
    catchUp(engine);

    assertThat(engine.verifyChanged().differenceCount()).isEqualTo(9);
  }

  private Switchover decided() throws Exception {
    Switchover switchover = fencedAfter("UPDATE item SET name = 'last'");
    switchover.advanceSequences(PATIENCE);
    assertThat(switchover.compareChanged(PATIENCE).clean()).isTrue();
    switchover.arm(PATIENCE);
    switchover.decide(PATIENCE);
    return switchover;
  }

  @Test
  void aTableThatOnlyGreenHasIsNamedAndDoesNotBreakTheWayBack() throws Exception {
    green.execute("CREATE TABLE additional (id int PRIMARY KEY)");
    assertThat(engine.inspect())
        .anyMatch(
            finding ->
                finding.code().equals("table-only-on-secondary")
                    && finding.subject().equals("public.additional"));
    decided().complete();
    green.execute("INSERT INTO additional VALUES (1)");
    green.execute("INSERT INTO item VALUES (100, 'green')");

    catchUp(engine);

    assertThat(rows(blue, "SELECT name FROM item WHERE id = 100")).containsExactly("green");
    assertThat(engine.inspect())
        .anyMatch(
            finding ->
                finding.code().equals("table-not-followed")
                    && finding.subject().equals("public.additional"));
    green.execute("DROP TABLE additional");
    assertThat(engine.verifyChanged().clean()).isTrue();
  }
}
