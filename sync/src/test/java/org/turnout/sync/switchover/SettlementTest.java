package org.turnout.sync.switchover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Settled;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/** Every position at which a process can die, with every side that can be away afterwards. */
class SettlementTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);

  /** How far the dead process had come; its connections are still open, as after a hang. */
  enum Died {
    PREPARED,
    INTENDED,
    LOCKED,
    STUCK,
    DECIDED,
    CONFIRMED,
    COMPLETE
  }

  private static void dieAt(Died position, SwitchFixture fixture) throws Exception {
    PostgresSwitchover switchover = fixture.prepare(Standing.INITIAL);
    fixture.attempts.clear();
    if (position.compareTo(Died.INTENDED) >= 0) {
      switchover.recordIntent(SwitchFixture.PATIENCE);
    }
    if (position.compareTo(Died.LOCKED) >= 0) {
      switchover.fence(SwitchFixture.PATIENCE);
      switchover.arm(SwitchFixture.PATIENCE);
    }
    switch (position) {
      case PREPARED, INTENDED, LOCKED -> {}
      case STUCK -> switchover.stick(SwitchFixture.PATIENCE);
      case DECIDED -> {
        switchover.stick(SwitchFixture.PATIENCE);
        switchover.putDecision(SwitchFixture.PATIENCE);
      }
      case CONFIRMED -> {
        switchover.decide(SwitchFixture.PATIENCE);
        switchover.confirm();
      }
      case COMPLETE -> {
        switchover.decide(SwitchFixture.PATIENCE);
        switchover.complete();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PREPARED, 0",
    "INTENDED, 0",
    "LOCKED, 0",
    "STUCK, 0",
    "DECIDED, 1",
    "CONFIRMED, 1",
    "COMPLETE, 1"
  })
  void withBothSidesItIsKnownAndMadeTrue(Died position, long epoch) throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      dieAt(position, fixture);
      Settlement settlement = new Settlement(fixture.blue, fixture.green);

      Settled settled = settlement.settle(Standing.INITIAL);

      Standing standing = settled.standing();
      assertThat(standing.epoch().number()).isEqualTo(epoch);
      assertThat(settled.left()).isEmpty();
      fixture.assertServes(standing.primary());
      if (epoch == 1) {
        fixture.assertFenced(Side.BLUE);
        assertThat(fixture.slots(Side.GREEN)).containsExactly("turnout_shop_1");
      } else {
        assertThat(fixture.write(Side.GREEN)).isEmpty();
        assertThat(fixture.slots(Side.GREEN)).isEmpty();
        assertThat(fixture.publications(Side.GREEN)).isEmpty();
        assertThat(fixture.column(Side.BLUE, "SELECT slot FROM turnout.stream")).isEmpty();
      }
      assertThat(settlement.settle(Standing.INITIAL)).as("settled again").isEqualTo(settled);
      fixture.assertServes(standing.primary());
    }
  }

  @Test
  void aFenceThatExpiredBeforeItWasConfirmedIsNamedOnce() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      dieAt(Died.DECIDED, fixture);
      fixture.blueDatabase.execute(
          "UPDATE turnout.fence SET deadline = clock_timestamp() - interval '1 second'");
      assertThat(fixture.write(Side.BLUE)).as("nobody keeps writers away").isEmpty();
      Settlement settlement = new Settlement(fixture.blue, fixture.green);

      Settled settled = settlement.settle(Standing.INITIAL);

      assertThat(settled.left())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.code()).isEqualTo(Settlement.FENCE_EXPIRED);
                assertThat(finding.subject()).isEqualTo("blue");
              });
      fixture.assertFenced(Side.BLUE);
      assertThat(settlement.settle(settled.standing()).left()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PREPARED, 0",
    "INTENDED, 0",
    "LOCKED, 0",
    "STUCK, 0",
    "DECIDED, 1",
    "CONFIRMED, 1",
    "COMPLETE, 1"
  })
  void withoutTheOldPrimaryTheNewOneKnows(Died position, long epoch) throws Exception {
    try (SwitchFixture fixture = new SwitchFixture();
        PostgresSide down = SwitchFixture.down(Side.BLUE)) {
      dieAt(position, fixture);

      Settled settled = new Settlement(down, fixture.green).settle(Standing.INITIAL);

      Standing standing = settled.standing();
      assertThat(standing.epoch().number()).isEqualTo(epoch);
      assertThat(settled.left()).extracting(Finding::subject).containsExactly("blue");
      assertThat(fixture.write(Side.GREEN)).isEmpty();

      assertThat(new Settlement(fixture.blue, fixture.green).settle(standing))
          .as("once blue is back")
          .isEqualTo(new Settled(standing, List.of()));
      fixture.assertServes(standing.primary());
      if (epoch == 1) {
        fixture.assertFenced(Side.BLUE);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PREPARED, 0, 0",
    "INTENDED, 0, ?",
    "LOCKED, 0, ?",
    "STUCK, 0, ?",
    "DECIDED, 0, ?",
    "DECIDED, 1, 1",
    "CONFIRMED, 0, 1",
    "CONFIRMED, 1, 1",
    "COMPLETE, 0, 1"
  })
  void withoutTheNewPrimaryAnOpenIntentCannotBeKnown(Died position, long known, String expected)
      throws Exception {
    try (SwitchFixture fixture = new SwitchFixture();
        PostgresSide down = SwitchFixture.down(Side.GREEN)) {
      dieAt(position, fixture);
      Settlement settlement = new Settlement(fixture.blue, down);
      Standing last = known == 0 ? Standing.INITIAL : ON_GREEN;

      if (expected.equals("?")) {
        assertThatThrownBy(() -> settlement.settle(last))
            .isInstanceOf(SyncException.class)
            .hasMessageContaining("an attempt to make green primary is open")
            .hasMessageContaining("green: no connection");
        if (position == Died.STUCK) {
          assertThat(fixture.write(Side.BLUE)).as("nobody may write").contains("25006");
        }
      } else {
        Settled settled = settlement.settle(last);
        assertThat(settled.standing().epoch().number()).isEqualTo(Long.parseLong(expected));
        assertThat(settled.left()).extracting(Finding::subject).containsExactly("green");
      }
      if (expected.equals("1")) {
        fixture.assertFenced(Side.BLUE);
      } else if (expected.equals("0")) {
        fixture.assertServes(Side.BLUE);
      }
    }
  }

  @Test
  void attemptThatWasCalledOffCanNeverBeDecided() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      PostgresSwitchover late = fixture.armed(Standing.INITIAL);
      Settlement settlement = new Settlement(fixture.blue, fixture.green);
      assertThat(settlement.settle(Standing.INITIAL).standing()).isEqualTo(Standing.INITIAL);

      assertThatThrownBy(() -> late.decide(SwitchFixture.PATIENCE))
          .isInstanceOf(SyncException.class);

      assertThat(settlement.settle(Standing.INITIAL).standing()).isEqualTo(Standing.INITIAL);
      fixture.assertServes(Side.BLUE);
    }
  }

  @Test
  void changesNothingWhereThereIsNothingOfTurnout() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      Settled settled = new Settlement(fixture.blue, fixture.green).settle(Standing.INITIAL);

      assertThat(settled).isEqualTo(new Settled(Standing.INITIAL, List.of()));
      for (Side side : Side.values()) {
        assertThat(
                fixture.column(side, "SELECT nspname FROM pg_namespace WHERE nspname = 'turnout'"))
            .isEmpty();
      }
    }
  }

  @Test
  void sideThatWasNeverTouchedMayBeAway() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture();
        PostgresSide down = SwitchFixture.down(Side.GREEN)) {
      assertThat(new Settlement(fixture.blue, down).settle(Standing.INITIAL))
          .isEqualTo(new Settled(Standing.INITIAL, List.of()));
    }
  }

  @Test
  void slotOfACalledOffAttemptIsStillToBeRemovedWhileItsSideIsAway() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture();
        PostgresSide down = SwitchFixture.down(Side.GREEN)) {
      dieAt(Died.PREPARED, fixture);

      assertThat(new Settlement(fixture.blue, down).settle(Standing.INITIAL).left())
          .singleElement()
          .satisfies(
              left -> {
                assertThat(left.subject()).isEqualTo("green");
                assertThat(left.message()).contains("is not tidied yet").contains("no connection");
              });

      assertThat(new Settlement(fixture.blue, fixture.green).settle(Standing.INITIAL).left())
          .isEmpty();
      assertThat(fixture.slots(Side.GREEN)).isEmpty();
    }
  }

  @Test
  void fenceThatCouldNotBeConfirmedIsStillToBeConfirmed() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      dieAt(Died.DECIDED, fixture);
      Settlement settlement = new Settlement(fixture.blue, fixture.green);
      try (Connection inTheWay = fixture.blueDatabase.connect()) {
        inTheWay.setAutoCommit(false);
        try (Statement statement = inTheWay.createStatement()) {
          statement.execute("SELECT 1 FROM turnout.fence FOR UPDATE");
        }
        Settled settled = settlement.settle(Standing.INITIAL);
        assertThat(settled.standing()).isEqualTo(ON_GREEN);
        assertThat(settled.left())
            .singleElement()
            .satisfies(left -> assertThat(left.message()).contains("fencing the old primary"));
        inTheWay.rollback();
      }

      assertThat(settlement.settle(ON_GREEN).left()).isEmpty();
      fixture.assertFenced(Side.BLUE);
    }
  }

  @Test
  void wayBackIsSymmetric() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      Standing onGreen = fixture.changed(Standing.INITIAL);
      fixture.assertServes(Side.GREEN);
      fixture.assertFenced(Side.BLUE);

      Standing back = fixture.changed(onGreen);

      assertThat(back).isEqualTo(new Standing(new Epoch(2), Side.BLUE));
      fixture.assertServes(Side.BLUE);
      fixture.assertFenced(Side.GREEN);
      assertThat(fixture.slots(Side.GREEN)).isEmpty();
      assertThat(fixture.slots(Side.BLUE)).containsExactly("turnout_shop_2");
      assertThat(fixture.changedOver).containsExactly(onGreen, back);
      assertThat(fixture.changed(back).epoch().number()).isEqualTo(3);
      fixture.assertServes(Side.GREEN);
      fixture.assertFenced(Side.BLUE);
    }
  }

  /** A server has room for as many origins as it has for slots. */
  @Test
  void originsOfEndedStreamsDoNotPileUp() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      Standing third = fixture.changed(fixture.changed(fixture.changed(Standing.INITIAL)));
      for (Side side : Side.values()) {
        fixture.column(
            side,
            "SELECT pg_replication_origin_create(name) FROM unnest(ARRAY['turnout_shop_0',"
                + " 'turnout_shop_1', 'turnout_shop_2', 'turnout_shop_3', 'elsewhere_0']) name"
                + " WHERE pg_replication_origin_oid(name) IS NULL");
      }

      assertThat(new Settlement(fixture.blue, fixture.green).settle(third).left()).isEmpty();

      for (Side side : Side.values()) {
        assertThat(fixture.column(side, "SELECT roname FROM pg_replication_origin ORDER BY 1"))
            .contains("elsewhere_0", "turnout_shop_2", "turnout_shop_3")
            .doesNotContain("turnout_shop_0", "turnout_shop_1");
        fixture.column(
            side, "SELECT pg_replication_origin_drop(roname)::text FROM pg_replication_origin");
      }
    }
  }

  @Test
  void fenceThatIsMissingOnTheOldPrimaryIsPutBack() throws Exception {
    try (SwitchFixture fixture = new SwitchFixture()) {
      fixture.changed(Standing.INITIAL);
      fixture.run(Side.BLUE, "DELETE FROM turnout.fence");
      fixture.run(Side.BLUE, "DROP TRIGGER turnout_fence_shop ON account");
      assertThat(fixture.write(Side.BLUE)).isEqualTo(Optional.empty());

      new Settlement(fixture.blue, fixture.green).settle(ON_GREEN);

      fixture.assertFenced(Side.BLUE);
    }
  }
}
