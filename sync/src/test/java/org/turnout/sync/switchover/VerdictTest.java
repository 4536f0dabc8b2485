package org.turnout.sync.switchover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;
import org.turnout.sync.switchover.SideRecords.Decision;
import org.turnout.sync.switchover.SideRecords.Intent;

class VerdictTest {
  private static final UUID FIRST = new UUID(1, 1);
  private static final UUID SECOND = new UUID(2, 2);
  private static final Standing ON_GREEN = standing(1);
  private static final Standing BACK_ON_BLUE = standing(2);
  private static final SideRecords EMPTY = records(List.of(), List.of());

  private static Standing standing(long epoch) {
    return new Standing(new Epoch(epoch), epoch % 2 == 0 ? Side.BLUE : Side.GREEN);
  }

  private static SideRecords records(List<Intent> intents, List<Decision> decisions) {
    return new SideRecords(true, intents, decisions, Optional.empty());
  }

  private static Intent intent(UUID attempt, long epoch, String outcome) {
    return new Intent(attempt, epoch, Optional.ofNullable(outcome).filter(each -> !each.isEmpty()));
  }

  private static Verdict judge(Standing known, SideRecords blue, SideRecords green) {
    return Verdict.of(known, Optional.ofNullable(blue), Optional.ofNullable(green));
  }

  private static SideRecords away() {
    return null;
  }

  @Test
  void nothingOfTurnoutMeansWhatIsKnown() {
    assertThat(judge(Standing.INITIAL, SideRecords.BLANK, SideRecords.BLANK))
        .isEqualTo(new Verdict.Known(Standing.INITIAL));
    assertThat(judge(ON_GREEN, SideRecords.BLANK, SideRecords.BLANK))
        .isEqualTo(new Verdict.Known(ON_GREEN));
  }

  @Test
  void greenThatIsAwayDoesNotHinderBlueWithoutAnIntent() {
    assertThat(judge(Standing.INITIAL, EMPTY, away()))
        .isEqualTo(new Verdict.Known(Standing.INITIAL));
  }

  @Test
  void nobodyReachableMeansUnknown() {
    assertThat(judge(Standing.INITIAL, away(), away())).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void highestDecisionWinsOverAStateFileThatWasLost() {
    SideRecords blue =
        records(
            List.of(intent(FIRST, 1, "switched")), List.of(new Decision(SECOND, 2, "switched")));
    SideRecords green =
        records(
            List.of(intent(SECOND, 2, "switched")), List.of(new Decision(FIRST, 1, "switched")));

    assertThat(judge(Standing.INITIAL, blue, green)).isEqualTo(new Verdict.Known(BACK_ON_BLUE));
    assertThat(judge(Standing.INITIAL, away(), green)).isEqualTo(new Verdict.Known(BACK_ON_BLUE));
    assertThat(judge(Standing.INITIAL, blue, away())).isEqualTo(new Verdict.Known(BACK_ON_BLUE));
  }

  @Test
  void openIntentNeedsTheOtherSide() {
    SideRecords blue = records(List.of(intent(FIRST, 1, "")), List.of());

    assertThat(judge(Standing.INITIAL, blue, away()))
        .isInstanceOfSatisfying(
            Verdict.Unknown.class,
            unknown ->
                assertThat(unknown.reason())
                    .isEqualTo(
                        "on blue an attempt to make green primary is open, and green, which knows"
                            + " what became of it, cannot be reached"));
    assertThat(judge(Standing.INITIAL, blue, EMPTY)).isInstanceOf(Verdict.Open.class);
  }

  @Test
  void openIntentOfAnEpochKnownToBeDecidedIsNoQuestion() {
    SideRecords blue = records(List.of(intent(FIRST, 1, "")), List.of());

    assertThat(judge(ON_GREEN, blue, away())).isEqualTo(new Verdict.Known(ON_GREEN));
  }

  @Test
  void closedIntentIsNoQuestion() {
    SideRecords blue = records(List.of(intent(FIRST, 1, "aborted")), List.of());

    assertThat(judge(Standing.INITIAL, blue, away()))
        .isEqualTo(new Verdict.Known(Standing.INITIAL));
  }

  @Test
  void newPrimaryThatLostItsDecisionContradicts() {
    SideRecords blue = records(List.of(intent(FIRST, 1, "switched")), List.of());

    assertContradiction(judge(Standing.INITIAL, blue, EMPTY), "green became primary in epoch 1");
    assertContradiction(
        judge(Standing.INITIAL, blue, SideRecords.BLANK), "green became primary in epoch 1");
    assertContradiction(judge(ON_GREEN, EMPTY, EMPTY), "green became primary in epoch 1");
  }

  @Test
  void oldPrimaryThatWasRestoredContradicts() {
    SideRecords green = records(List.of(), List.of(new Decision(FIRST, 1, "switched")));

    assertContradiction(
        judge(Standing.INITIAL, EMPTY, green), "blue holds no record that green became primary");
    assertContradiction(
        judge(Standing.INITIAL, records(List.of(intent(FIRST, 1, "aborted")), List.of()), green),
        "blue holds no record that green became primary");
    assertContradiction(
        judge(ON_GREEN, EMPTY, away()), "blue holds no record that green became primary");
  }

  @Test
  void exchangedSidesAreSeen() {
    SideRecords bluesRecords = records(List.of(intent(FIRST, 1, "switched")), List.of());

    assertContradiction(
        judge(Standing.INITIAL, EMPTY, bluesRecords), "green holds records of the other side");
  }

  private static void assertContradiction(Verdict verdict, String reason) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Unknown.class, unknown -> assertThat(unknown.reason()).startsWith(reason));
  }
}
