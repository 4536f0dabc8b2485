package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gate does not close before the stream is near. */
class ApproachTest {
  @TempDir Path directory;

  @Test
  void gateClosesOnlyWhenAMarkerHasComeThrough() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    CompletableFuture<Void> marker = new CompletableFuture<>();
    fixture.engine.marker = marker;
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("marker");
    assertThat(fixture.journal.calls()).doesNotContain("pause");

    marker.complete(null);

    assertThat(report.join().outcome()).isEqualTo("switched");
  }

  @Test
  void streamThatComesNoNearerIsNamedWithoutAPause() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.marker = new CompletableFuture<>();
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("marker");

    while (!report.isDone()) {
      fixture.timer.advance(Approach.PATIENCE);
      Thread.onSpinWait();
    }

    assertThat(report.join().outcome()).isEqualTo("aborted");
    assertThat(RouteFixture.codes(report.join().reasons())).containsExactly("stream-lags");
    assertThat(report.join().pauseMicros()).isZero();
    assertThat(fixture.journal.calls()).doesNotContain("pause").contains("abort", "discard");
  }

  @Test
  void changedRowsAreComparedAgainAsLongAsThatLeavesLessForThePause() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    for (int millis : new int[] {9_000, 8_000, 4_000, 3_500, 1_000}) {
      fixture.engine.comparisonsTake.add(Duration.ofMillis(millis));
    }

    assertThat(fixture.cutover().outcome()).isEqualTo("switched");

    assertThat(fixture.journal.calls().stream().filter("verifyChanged"::equals))
        .as("the first, before anything is prepared, and three more: 8 s, 4 s, 3.5 s")
        .hasSize(4);
  }

  /** Else a steady lag, however small, would be too much for whoever asks at the end. */
  @Test
  void markerThatIsUnderWayWhenThePatienceEndsHasItsTime() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    CompletableFuture<Void> last = new CompletableFuture<>();
    fixture.engine.slowMarkers = 1;
    fixture.engine.markerTakes = Approach.PATIENCE.minusMillis(100);
    fixture.engine.markers.add(CompletableFuture.completedFuture(null));
    fixture.engine.markers.add(last);
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    while (fixture.journal.calls().stream().filter("marker"::equals).count() < 2) {
      Thread.onSpinWait();
    }

    fixture.timer.advance(RouteFixture.PAUSE.dividedBy(4));
    last.complete(null);

    assertThat(report.join().outcome()).isEqualTo("switched");
  }

  @Test
  void lagIsWaitedForWhileItIsTooMuchOfThePause() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.markerTakes = RouteFixture.PAUSE.dividedBy(10);
    fixture.engine.slowMarkers = 2;

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(fixture.journal.calls().stream().filter("marker"::equals)).hasSize(3);
  }
}
