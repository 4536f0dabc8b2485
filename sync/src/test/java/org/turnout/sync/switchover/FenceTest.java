package org.turnout.sync.switchover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

class FenceTest {
  private SwitchFixture fixture;

  @BeforeEach
  void open() {
    fixture = new SwitchFixture();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO account (balance) VALUES (1)",
        "DELETE FROM account",
        "TRUNCATE account",
        "INSERT INTO event VALUES (1, 1)",
        "INSERT INTO event_1 VALUES (1, 1)",
        "DELETE FROM event_2",
        "TRUNCATE event_2"
      })
  void refusesEveryWriteOnRootsAndLeaves(String sql) throws Exception {
    fixture.changed(Standing.INITIAL);

    assertThat(fixture.run(Side.BLUE, sql)).contains("25006");
  }

  @Test
  void saysWhereThePrimaryWent() throws Exception {
    fixture.changed(Standing.INITIAL);

    try (Connection connection = fixture.blueDatabase.connect();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("DELETE FROM account"))
          .hasMessageContaining(
              "route shop: the primary has moved to green with epoch 1, this database takes no"
                  + " writes");
    }
  }

  @Test
  void readersAndTheApplierPass() throws Exception {
    fixture.changed(Standing.INITIAL);

    assertThat(fixture.run(Side.BLUE, "SELECT count(*) FROM account")).isEmpty();
    assertThat(
            fixture.run(
                Side.BLUE,
                "SET session_replication_role = replica; UPDATE account SET balance = 7"))
        .isEmpty();
  }

  @Test
  void transactionWithAnOldSnapshotIsRefusedToo() throws Exception {
    fixture.changed(fixture.changed(Standing.INITIAL));
    try (Connection old = fixture.blueDatabase.connect();
        Statement statement = old.createStatement()) {
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      old.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM turnout.fence");

      fixture.changed(new Standing(new org.turnout.sync.Epoch(2), Side.BLUE));

      assertThatThrownBy(() -> statement.execute("UPDATE account SET balance = 0"))
          .isInstanceOfSatisfying(
              SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("40001"));
    }
  }

  @Test
  void writerWhoBypassesIsNamedAndNothingStays() throws Exception {
    try (Connection writer = fixture.blueDatabase.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("SET application_name = 'nightly job'");
      statement.execute("UPDATE event_1 SET day = 1");
      PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
      switchover.recordIntent(SwitchFixture.PATIENCE);

      assertThatThrownBy(() -> switchover.fence(Duration.ofMillis(200)))
          .isInstanceOfSatisfying(
              SyncException.class,
              refused ->
                  assertThat(refused.findings())
                      .singleElement()
                      .satisfies(
                          holder ->
                              assertThat(holder.message())
                                  .contains("postgres", "nightly job", "idle in transaction")
                                  .contains("event_1")
                                  .doesNotContain("UPDATE")));

      switchover.abort();
      switchover.discard();
      writer.rollback();
    }
    fixture.assertServes(Side.BLUE);
    assertThat(fixture.slots(Side.GREEN)).isEmpty();
    assertThat(fixture.changed(Standing.INITIAL).primary()).isEqualTo(Side.GREEN);
  }

  @Test
  void preparedTransactionIsNamed() throws Exception {
    fixture.run(Side.BLUE, "BEGIN; UPDATE account SET balance = 1; PREPARE TRANSACTION 'order-17'");
    try {
      PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
      switchover.recordIntent(SwitchFixture.PATIENCE);

      assertThatThrownBy(() -> switchover.fence(Duration.ofMillis(200)))
          .isInstanceOfSatisfying(
              SyncException.class,
              refused ->
                  assertThat(refused.findings())
                      .extracting(Finding::subject)
                      .containsExactly("prepared transaction order-17"));
    } finally {
      fixture.run(Side.BLUE, "ROLLBACK PREPARED 'order-17'");
    }
  }

  @Test
  void abortFromAnotherThreadEndsTheWaitForLocks() throws Exception {
    try (Connection writer = fixture.blueDatabase.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("UPDATE account SET balance = 5");
      PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
      switchover.recordIntent(SwitchFixture.PATIENCE);
      Thread aborter = Thread.ofVirtual().unstarted(switchover::abort);
      Thread watcher =
          Thread.ofVirtual()
              .start(
                  () -> {
                    awaitLockWait();
                    aborter.start();
                  });

      assertThatThrownBy(() -> switchover.fence(Duration.ofMinutes(1)))
          .isInstanceOf(SyncException.class);

      watcher.join();
      aborter.join();
      writer.commit();
    }
    fixture.assertServes(Side.BLUE);
  }

  private void awaitLockWait() {
    try {
      while (fixture
          .column(
              Side.BLUE, "SELECT pid FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock'")
          .isEmpty()) {
        Thread.onSpinWait();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void abortAfterTheFenceSticksLiftsItAndAnotherAttemptSucceeds() throws Exception {
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);
    switchover.stick(SwitchFixture.PATIENCE);
    assertThat(fixture.write(Side.BLUE)).contains("25006");

    switchover.abort();
    switchover.discard();
    switchover.abort();
    switchover.discard();

    fixture.assertServes(Side.BLUE);
    assertThatThrownBy(() -> switchover.decide(SwitchFixture.PATIENCE))
        .isInstanceOf(SyncException.class);
    assertThat(fixture.changed(Standing.INITIAL).primary()).isEqualTo(Side.GREEN);
    fixture.assertFenced(Side.BLUE);
  }

  @Test
  void fenceThatNobodyConfirmsExpiresByTheServersClock() throws Exception {
    PostgresSwitchover switchover = fixture.armed(Standing.INITIAL);
    switchover.stick(SwitchFixture.PATIENCE);
    assertThat(fixture.write(Side.BLUE)).contains("25006");

    fixture.run(Side.BLUE, "UPDATE turnout.fence SET deadline = clock_timestamp()");

    assertThat(fixture.write(Side.BLUE)).isEqualTo(Optional.empty());
  }

  @Test
  void missingRightIsFoundBeforeThePause() throws Exception {
    fixture.blueDatabase.execute(
        """
        DROP ROLE IF EXISTS fence_tester;
        CREATE ROLE fence_tester LOGIN REPLICATION;
        GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO fence_tester;
        GRANT TRIGGER ON account, event, event_1 TO fence_tester;
        """);
    fixture.blueDatabase.execute(
        "GRANT CREATE ON DATABASE " + fixture.blueDatabase.name() + " TO fence_tester");
    try (PostgresSide side =
        TestSides.of(Side.BLUE, fixture.blueDatabase, "fence_tester", Optional.empty())) {

      List<Finding> missing = PostgresSwitchover.missingRights(side);

      assertThat(missing)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject()).isEqualTo("public.event_2");
                assertThat(finding.message()).contains("lacks the right TRIGGER");
              });
    } finally {
      fixture.blueDatabase.execute("DROP OWNED BY fence_tester; DROP ROLE fence_tester");
    }
  }

  @Test
  void ownerWhoIsNoSuperuserCanFenceAndLift() throws Exception {
    fixture.blueDatabase.execute(
        """
        DROP ROLE IF EXISTS fence_owner;
        CREATE ROLE fence_owner LOGIN;
        ALTER TABLE account OWNER TO fence_owner;
        ALTER TABLE event OWNER TO fence_owner;
        ALTER TABLE event_1 OWNER TO fence_owner;
        ALTER TABLE event_2 OWNER TO fence_owner;
        """);
    fixture.blueDatabase.execute(
        "GRANT CREATE ON DATABASE " + fixture.blueDatabase.name() + " TO fence_owner");
    try (PostgresSide side =
        TestSides.of(Side.BLUE, fixture.blueDatabase, "fence_owner", Optional.empty())) {
      new org.turnout.sync.side.HelperSchema(DecisionRecords.STATEMENTS).create(side);
      Attempt attempt = Attempt.of(TestSides.ROUTE, Standing.INITIAL.epoch().next());
      try (Connection connection = SwitchConnection.open(side)) {
        Fence fence = Fence.prepare(side, attempt, org.turnout.sync.side.Tables.load(connection));
        fence.lock(SwitchFixture.PATIENCE);
        fence.stick(SwitchFixture.PATIENCE);
        Fence.confirm(connection, attempt);
        fixture.assertFenced(Side.BLUE);

        Fence.lift(connection, TestSides.ROUTE.value());
        assertThat(FenceTriggers.drop(connection, TestSides.ROUTE)).isZero();
        fence.release();
      }
      fixture.assertServes(Side.BLUE);
    } finally {
      fixture.blueDatabase.execute("DROP OWNED BY fence_owner CASCADE; DROP ROLE fence_owner");
    }
  }
}
