package org.turnout.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreshnessTest {
  private static final long START = Long.MAX_VALUE - 5;

  private final Freshness freshness = new Freshness();
  private final List<String> ran = new ArrayList<>();

  @Test
  void nothingIsCoveredBeforeItIsKnown() {
    assertThat(freshness.covers(Long.MIN_VALUE + 1)).isFalse();
  }

  @Test
  void neverMovesBackAlsoWhereTheClockWrapsRound() {
    freshness.advance(START);
    freshness.advance(START + 10);
    freshness.advance(START + 3);

    assertThat(freshness.covers(START + 9)).isTrue();
    assertThat(freshness.covers(START + 10)).isFalse();
  }

  @Test
  void whoWaitsIsToldOnceAsSoonAsTheInstantIsCovered() {
    freshness.await(START, () -> ran.add("first"));
    freshness.await(START + 5, () -> ran.add("second"));

    freshness.advance(START);
    assertThat(ran).isEmpty();
    freshness.advance(START + 1);
    assertThat(ran).containsExactly("first");
    freshness.advance(START + 2);
    freshness.advance(START + 20);
    assertThat(ran).containsExactly("first", "second");
    assertThat(freshness.isAwaited()).isFalse();
  }

  @Test
  void whoWaitsForWhatIsCoveredIsToldAtOnce() {
    freshness.advance(START + 1);

    freshness.await(START, () -> ran.add("at once"));

    assertThat(ran).containsExactly("at once");
    assertThat(freshness.isAwaited()).isFalse();
  }

  @Test
  void aCancelledWaitIsNotTold() {
    Freshness.Waiting waiting = freshness.await(START, () -> ran.add("cancelled"));

    waiting.cancel();
    freshness.advance(START + 1);

    assertThat(ran).isEmpty();
    assertThat(freshness.isAwaited()).isFalse();
  }

  @Test
  void aWaitAsksForNewsOfThePrimaryAndItsUseForSomeSoon() {
    Freshness.Sampler sampler =
        new Freshness.Sampler() {
          @Override
          public void now() {
            ran.add("now");
          }

          @Override
          public void soon() {
            ran.add("soon");
          }
        };
    freshness.addSampler(sampler);
    freshness.soon();
    freshness.await(START, () -> {});
    freshness.removeSampler(sampler);
    freshness.soon();
    freshness.await(START, () -> {});

    assertThat(ran).containsExactly("soon", "now");
  }
}
