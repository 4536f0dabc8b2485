package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PauseWindowTest {
  private static final Duration LENGTH = Duration.ofSeconds(1);

  private final ManualTimer timer = new ManualTimer();
  private final AtomicInteger opened = new AtomicInteger();

  private PauseWindow window() {
    return new PauseWindow(timer, LENGTH, opened::incrementAndGet);
  }

  @Test
  void whatLeavesItBeforeItHasEndedOpensTheGate() {
    assertThatThrownBy(
            () -> {
              try (PauseWindow window = window()) {
                assertThat(window.remaining()).isEqualTo(LENGTH);
                throw new AssertionError("a bug");
              }
            })
        .isInstanceOf(AssertionError.class);

    assertThat(opened).hasValue(1);
    timer.advance(LENGTH);
    assertThat(opened).hasValue(1);
  }

  @Test
  void whoHasEndedItOpensTheGate() throws Exception {
    try (PauseWindow window = window()) {
      window.decide(Duration.ZERO);
    }
    try (PauseWindow window = window()) {
      assertThat(window.giveUp()).isTrue();
    }
    assertThat(opened).hasValue(0);

    try (PauseWindow window = window()) {
      timer.advance(LENGTH);
      assertThat(window.giveUp()).isFalse();
    }
    assertThat(opened).hasValue(1);
  }
}
