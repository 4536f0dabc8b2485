package org.turnout.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CostTest {
  private static Foreign self() {
    return Foreign.parse("me=127.0.0.1:5432:" + ProcessHandle.current().pid());
  }

  @Test
  void workOfAProcessIsSeenInItsProcessorTime() throws Exception {
    Cost cost = new Cost(self());
    assertThat(cost.processorNanos()).isZero();

    // Looking is work, too: it ends as soon as the system has counted any of it.
    long seen = 0;
    while (seen == 0) {
      seen = cost.processorNanos();
    }

    assertThat(cost.processorNanos()).isGreaterThanOrEqualTo(seen);
    assertThat(Cost.resident(self())).isPositive();
    assertThat(Cost.mostResident(self())).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "x=1", "=h:1:1", "x=h:one:1", "x=h:1:0", "x=h:1"})
  void aPeerThatIsNotOneIsRefused(String text) {
    assertThatThrownBy(() -> Foreign.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
