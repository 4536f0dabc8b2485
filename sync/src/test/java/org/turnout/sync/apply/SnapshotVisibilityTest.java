package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.Xid;

class SnapshotVisibilityTest {
  private static final Lsn EARLY = new Lsn(500);

  private static SnapshotVisibility snapshot(String text) {
    return new SnapshotVisibility(new SourceSnapshot(text, 1000));
  }

  @Test
  void seesWhatHadEndedAndNotWhatRanOrCameLater() {
    SnapshotVisibility snapshot = snapshot("100:110:100,105");

    assertThat(snapshot.sees(new Xid(99), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(100), EARLY)).isFalse();
    assertThat(snapshot.sees(new Xid(101), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(105), EARLY)).isFalse();
    assertThat(snapshot.sees(new Xid(109), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(110), EARLY)).isFalse();
  }

  @Test
  void seesNothingWhoseCommitLiesBehindIt() {
    assertThat(snapshot("100:110:").sees(new Xid(99), new Lsn(1000))).isFalse();
    assertThat(snapshot("100:110:").sees(new Xid(99), new Lsn(999))).isTrue();
  }

  @Test
  void tellsNumbersApartWhenTheyWrapAround() {
    long epoch = 3L << 32;
    SnapshotVisibility snapshot = snapshot((epoch - 2) + ":" + (epoch + 5) + ":" + (epoch + 1));

    assertThat(snapshot.sees(new Xid(-3), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(-1), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(0), EARLY)).isTrue();
    assertThat(snapshot.sees(new Xid(1), EARLY)).isFalse();
    assertThat(snapshot.sees(new Xid(5), EARLY)).isFalse();
  }

  @Test
  void refusesWhatIsNoSnapshot() {
    assertThatThrownBy(() -> snapshot("100")).isInstanceOf(IllegalArgumentException.class);
  }
}
