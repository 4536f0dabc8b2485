package org.turnout.sync.switchover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover.InDoubtException;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.TestSides;

class PostgresSwitchoverTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);

  private SwitchFixture fixture;

  @BeforeEach
  void open() {
    fixture = new SwitchFixture();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void makesGreenPrimaryAndPreparesTheWayBack() throws Exception {
    fixture.run(Side.BLUE, "SELECT setval('account_id_seq', 4711)");

    Standing standing = fixture.changed(Standing.INITIAL);

    assertThat(standing).isEqualTo(ON_GREEN);
    fixture.assertServes(Side.GREEN);
    fixture.assertFenced(Side.BLUE);
    assertThat(fixture.changedOver).containsExactly(ON_GREEN);
    assertThat(fixture.slots(Side.GREEN)).containsExactly("turnout_shop_1");
    assertThat(fixture.column(Side.BLUE, "SELECT epoch FROM turnout.stream"))
        .as("armed, so that the way back can be followed")
        .containsExactly("1");
    assertThat(fixture.column(Side.GREEN, "SELECT nextval('account_id_seq') > 4711"))
        .containsExactly("t");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void abortAfterAnyStepLeavesBlueAsItWas(int steps) throws Exception {
    PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
    if (steps > 0) {
      switchover.recordIntent(SwitchFixture.PATIENCE);
    }
    if (steps > 1) {
      switchover.fence(SwitchFixture.PATIENCE);
    }
    if (steps > 2) {
      switchover.arm(SwitchFixture.PATIENCE);
    }
    if (steps > 3) {
      switchover.stick(SwitchFixture.PATIENCE);
    }

    switchover.abort();
    switchover.discard();

    fixture.assertServes(Side.BLUE);
    assertThat(fixture.slots(Side.GREEN)).isEmpty();
    assertThat(fixture.publications(Side.GREEN)).isEmpty();
    assertThat(fixture.column(Side.BLUE, "SELECT 1 FROM turnout.intent WHERE outcome IS NULL"))
        .isEmpty();
    assertThatThrownBy(() -> switchover.decide(SwitchFixture.PATIENCE))
        .isInstanceOf(SyncException.class);
    assertThat(
            new Settlement(fixture.blue, SwitchFixture.down(Side.GREEN))
                .settle(Standing.INITIAL)
                .standing())
        .as("no question is left that only green could answer")
        .isEqualTo(Standing.INITIAL);
  }

  @Test
  void decisionWithoutAnAnswerIsInDoubtUntilTheNewPrimaryIsAsked() throws Exception {
    // A server that dies while it commits: the client cannot know whether it did.
    fixture.calledOff();
    fixture.run(
        Side.GREEN,
        """
        CREATE FUNCTION turnout.die() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL;
           END';
        CREATE CONSTRAINT TRIGGER die AFTER INSERT ON turnout.decision
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION turnout.die();
        """);
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);

    assertThatThrownBy(() -> switchover.decide(SwitchFixture.PATIENCE))
        .isInstanceOf(InDoubtException.class);

    assertThat(fixture.write(Side.BLUE)).as("nobody may write meanwhile").contains("25006");
    fixture.run(Side.GREEN, "DROP TRIGGER die ON turnout.decision");
    assertThat(new Settlement(fixture.blue, fixture.green).settle(Standing.INITIAL).standing())
        .isEqualTo(Standing.INITIAL);
    switchover.abort();
    switchover.discard();
    fixture.assertServes(Side.BLUE);
    assertThat(fixture.changed(Standing.INITIAL)).isEqualTo(ON_GREEN);
  }

  @Test
  void commitOfTheDecisionThatHangsIsInDoubtWhenTheTimeIsOverAndSettledByAsking() throws Exception {
    fixture.calledOff();
    fixture.run(
        Side.GREEN,
        """
        CREATE FUNCTION turnout.hang() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_sleep(3600); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER hang AFTER INSERT ON turnout.decision DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.outcome = 'switched') EXECUTE FUNCTION turnout.hang();
        """);
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);

    assertThatThrownBy(() -> switchover.decide(Duration.ofMillis(400)))
        .isInstanceOf(InDoubtException.class)
        .as("given up by us, not by a limit of the server")
        .hasRootCauseInstanceOf(SocketTimeoutException.class);

    assertThat(fixture.write(Side.BLUE)).as("nobody may write meanwhile").contains("25006");
    assertThat(new Settlement(fixture.blue, fixture.green).settle(Standing.INITIAL).standing())
        .as("the commit was ended by asking")
        .isEqualTo(Standing.INITIAL);
    fixture.assertServes(Side.BLUE);
    switchover.abort();
    switchover.discard();
    fixture.run(Side.GREEN, "DROP TRIGGER hang ON turnout.decision");
    assertThat(fixture.changed(Standing.INITIAL)).isEqualTo(ON_GREEN);
  }

  @Test
  void fenceThatHangsWhileItSticksIsEndedWithTheAttempt() throws Exception {
    fixture.calledOff();
    fixture.run(
        Side.BLUE,
        """
        CREATE FUNCTION turnout.hang() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_sleep(3600); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER hang AFTER INSERT OR UPDATE ON turnout.fence
          DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.state = 'held') EXECUTE FUNCTION turnout.hang();
        """);
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);

    assertThatThrownBy(() -> switchover.decide(Duration.ofMillis(400)))
        .isInstanceOf(SyncException.class)
        .hasRootCauseInstanceOf(SocketTimeoutException.class);
    switchover.abort();

    fixture.assertServes(Side.BLUE);
    assertThat(
            fixture.column(
                Side.BLUE,
                "SELECT pid FROM pg_stat_activity WHERE state = 'active'"
                    + " AND application_name = 'turnout switch shop'"
                    + " AND datname = current_database()"))
        .as("what would make the fence stick later")
        .isEmpty();
    switchover.discard();
    assertThat(fixture.slots(Side.GREEN)).isEmpty();
  }

  @Test
  void failureBeforeTheCommitOfTheDecisionIsNoDoubt() throws Exception {
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);
    fixture.run(Side.GREEN, "ALTER TABLE turnout.decision RENAME TO elsewhere");

    assertThatThrownBy(() -> switchover.decide(SwitchFixture.PATIENCE))
        .isInstanceOf(SyncException.class);

    switchover.abort();
    switchover.discard();
    fixture.assertServes(Side.BLUE);
  }

  @Test
  void decisionStandsThoughTheOldPrimaryCannotBeTold() throws Exception {
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);
    fixture.run(
        Side.BLUE,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
            + " 'turnout switch shop' AND state = 'idle' AND datname = current_database()");

    switchover.decide(SwitchFixture.PATIENCE);
    switchover.complete();

    fixture.assertServes(Side.GREEN);
    fixture.assertFenced(Side.BLUE);
  }

  @Test
  void nothingIsArmedOnceThePreparedSlotIsGone() throws Exception {
    PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
    switchover.recordIntent(SwitchFixture.PATIENCE);
    switchover.fence(SwitchFixture.PATIENCE);
    new ReplicationSlot(fixture.green, new StreamName(TestSides.ROUTE, new Epoch(1))).drop();

    assertThatThrownBy(() -> switchover.arm(SwitchFixture.PATIENCE))
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("turnout_shop_1")
        .hasMessageContaining("has ended");

    switchover.abort();
    switchover.discard();
    fixture.assertServes(Side.BLUE);
  }

  @Test
  void twoAttemptsCannotBothDecideAnEpoch() throws Exception {
    fixture.changed(Standing.INITIAL);

    assertThatThrownBy(() -> fixture.prepare(Standing.INITIAL))
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("Restart Turnout");
  }

  @Test
  void commitsAreDurableWhateverTheServersDefault() throws Exception {
    fixture.blueDatabase.execute(
        "ALTER DATABASE " + fixture.blueDatabase.name() + " SET synchronous_commit = off");
    try (java.sql.Connection connection = SwitchConnection.open(fixture.blue);
        java.sql.Statement statement = connection.createStatement();
        java.sql.ResultSet row = statement.executeQuery("SHOW synchronous_commit")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("on");
    }
  }

  @Test
  void fencesTwentyTables() throws Exception {
    for (int table = 0; table < 20; table++) {
      String sql = "CREATE TABLE wide_" + table + " (id int PRIMARY KEY)";
      fixture.run(Side.BLUE, sql);
      fixture.run(Side.GREEN, sql);
    }

    fixture.changed(Standing.INITIAL);

    assertThat(fixture.triggers(Side.BLUE)).hasSize(24);
    assertThat(fixture.run(Side.BLUE, "INSERT INTO wide_19 VALUES (1)")).contains("25006");
  }

  @Test
  void removalLeavesNothingOfTheFence() throws SQLException, Exception {
    fixture.changed(Standing.INITIAL);

    Settlement.removeFence(fixture.blue);

    fixture.assertServes(Side.BLUE);
  }
}
