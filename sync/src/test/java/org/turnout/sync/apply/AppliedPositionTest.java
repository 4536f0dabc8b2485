package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Freshness;

class AppliedPositionTest {
  private final Freshness freshness = new Freshness();
  private final AppliedPosition applied = new AppliedPosition(freshness, new Lsn(100));

  @Test
  void targetIsAsFreshAsTheNewestSampleThatIsApplied() {
    assertThat(applied.sampled(1, new Lsn(100))).isTrue();
    assertThat(freshness.instant()).isEqualTo(1);
    assertThat(applied.sampled(2, new Lsn(200))).isFalse();
    assertThat(applied.sampled(3, new Lsn(300))).isFalse();

    applied.applied(new Lsn(250));

    assertThat(freshness.instant()).isEqualTo(2);
    assertThat(applied.lagBytes()).isEqualTo(50);
  }

  @Test
  void nothingIsFreshOnATargetThatIsAheadOfItsSource() {
    applied.sampled(1, new Lsn(100));
    applied.ahead(true);
    assertThat(freshness.instant()).isEqualTo(Freshness.NEVER);
    assertThat(applied.sampled(2, new Lsn(100))).as("asks again").isFalse();

    applied.ahead(false);
    applied.applied(new Lsn(150));

    assertThat(freshness.instant()).isEqualTo(2);
  }

  @Test
  void saysNothingMoreAboutFreshnessOnceItIsClosed() {
    applied.sampled(2, new Lsn(200));
    applied.close();
    freshness.reset();

    applied.sampled(3, new Lsn(100));
    applied.applied(new Lsn(200));

    assertThat(freshness.instant()).isEqualTo(Freshness.NEVER);
  }
}
