package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;

class RouteMemoryTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);
  private static final Standing BACK_ON_BLUE = new Standing(new Epoch(2), Side.BLUE);

  @Test
  void phaseFollowsFromWhatIsRemembered() {
    RouteMemory direct = RouteMemory.DIRECT;
    RouteMemory copying = direct.wantingSync();
    RouteMemory following = copying.havingCaughtUp();
    RouteMemory shifting = following.reading(25);
    RouteMemory switched = shifting.standing(ON_GREEN);

    assertThat(direct.phase()).isEqualTo(Phase.DIRECT);
    assertThat(copying.phase()).isEqualTo(Phase.COPYING);
    assertThat(following.phase()).isEqualTo(Phase.FOLLOWING);
    assertThat(shifting.phase()).isEqualTo(Phase.SHIFTING);
    assertThat(switched.phase()).isEqualTo(Phase.SWITCHED);
    assertThat(switched.beginningRemoval().finishing().phase()).isEqualTo(Phase.FINISHED);
    assertThat(switched.standing(BACK_ON_BLUE).phase()).isEqualTo(Phase.SHIFTING);
    assertThat(following.withoutSync().phase()).isEqualTo(Phase.DIRECT);
  }

  @Test
  void nothingIsReadFromBlueOnceGreenIsPrimaryAndTheWeightWaitsForTheWayBack() {
    RouteMemory shifting = RouteMemory.DIRECT.wantingSync().havingCaughtUp().reading(30);
    RouteMemory switched = shifting.standing(ON_GREEN);

    assertThat(shifting.secondaryReads()).isEqualTo(30);
    assertThat(shifting.servedByGreen()).isEqualTo(30);
    assertThat(switched.secondaryReads()).isZero();
    assertThat(switched.servedByGreen()).isEqualTo(100);
    assertThat(switched.standing(BACK_ON_BLUE).secondaryReads()).isEqualTo(30);
  }

  @Test
  void finishedRouteReadsFromItsPrimaryOnly() {
    RouteMemory finished =
        RouteMemory.DIRECT
            .wantingSync()
            .havingCaughtUp()
            .reading(30)
            .standing(ON_GREEN)
            .beginningRemoval()
            .finishing();

    assertThat(finished.standing()).isEqualTo(ON_GREEN);
    assertThat(finished.secondaryReads()).isZero();
  }

  @Test
  void removalOnBlueBeginsTheEpochsAnew() {
    RouteMemory back = RouteMemory.DIRECT.wantingSync().standing(BACK_ON_BLUE);

    assertThat(back.beginningRemoval().removed()).isEqualTo(RouteMemory.DIRECT);
  }

  @Test
  void thereIsNoWayOutOfFinishedOrPastARemoval() {
    RouteMemory removing = RouteMemory.DIRECT.wantingSync().standing(ON_GREEN).beginningRemoval();

    assertThatIllegalStateException().isThrownBy(removing::removed);
    assertThatIllegalStateException().isThrownBy(removing::wantingSync);
    assertThatIllegalStateException().isThrownBy(() -> removing.standing(BACK_ON_BLUE));
    assertThatIllegalStateException().isThrownBy(() -> removing.finishing().wantingSync());
    assertThatIllegalStateException().isThrownBy(() -> RouteMemory.DIRECT.finishing());
    assertThatIllegalStateException().isThrownBy(() -> RouteMemory.DIRECT.havingCaughtUp());
  }

  @Test
  void readWeightIsAPercentage() {
    assertThatIllegalArgumentException().isThrownBy(() -> RouteMemory.DIRECT.reading(-0.1));
    assertThatIllegalArgumentException().isThrownBy(() -> RouteMemory.DIRECT.reading(100.1));
    assertThatIllegalArgumentException().isThrownBy(() -> RouteMemory.DIRECT.reading(Double.NaN));
  }
}
