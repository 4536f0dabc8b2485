package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** How long is waited between tries, by a clock of the test. */
class BackoffTest {
  private final Condition signal = new ReentrantLock().newCondition();
  private final List<Long> waited = new ArrayList<>();

  private Backoff passing() {
    return new Backoff(
        (condition, nanos) -> {
          waited.add(TimeUnit.NANOSECONDS.toMillis(nanos));
          return 0;
        });
  }

  @Test
  void waitsLongerEachTimeUpToABoundAndShortlyAgainAfterASuccess() throws Exception {
    Backoff backoff = passing();
    for (int i = 0; i < 8; i++) {
      backoff.pause(signal, () -> true);
    }
    backoff.succeeded();
    backoff.pause(signal, () -> true);

    assertThat(waited).containsExactly(50L, 100L, 200L, 400L, 800L, 1600L, 3000L, 3000L, 50L);
  }

  @Test
  void signalThatChangesNothingIsWaitedOutAndOneThatEndsItIsNot() throws Exception {
    List<Long> left = new ArrayList<>();
    Backoff backoff =
        new Backoff(
            (condition, nanos) -> {
              left.add(nanos);
              return nanos - 1;
            });

    backoff.pause(signal, () -> left.size() < 3);

    assertThat(left).containsExactly(50_000_000L, 49_999_999L, 49_999_998L);
  }
}
