package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;

class CutoverAbortTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connectAhead",
        "intent",
        "pause",
        "moveSessions",
        "fence",
        "catchUp",
        "sequences",
        "compareChanged",
        "arm",
        "decide"
      })
  void failureBeforeTheDecisionLeavesTheOldPrimaryServing(String step) throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    String before = fixture.stateFile();
    fixture.journal.fail(step, new SyncException("no " + step));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(report.epoch()).isZero();
    assertThat(report.reasons())
        .singleElement()
        .extracting(Finding::message)
        .isEqualTo("no " + step);
    assertThat(fixture.journal.calls())
        .contains("abort", "forgetAhead")
        .doesNotContain("flip", "complete");
    assertThat(fixture.stateFile()).isEqualTo(before);
    fixture.assertServing(Standing.INITIAL);
    fixture.journal.heal();
    assertThat(fixture.cutover().outcome()).as("another attempt").isEqualTo("switched");
  }

  @Test
  void bugInAStepBeforeTheDecisionAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("arm", new IllegalArgumentException("a bug"));

    assertThat(fixture.cutover().outcome()).isEqualTo("aborted");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void bugOfTheDataPlaneInsideThePauseAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.traffic.bug = Optional.of(new IllegalStateException("a bug"));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(report.reasons()).extracting(Finding::message).containsExactly("a bug");
    assertThat(fixture.journal.calls()).containsSubsequence("pause", "resume", "abort", "discard");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void gateOpensThoughItCannotBeSaidWhoWasInTheWay() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.traffic.drains = false;
    fixture.traffic.namesNobody = true;
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("pause");

    awaitDeadline(fixture, report);

    assertThat(report.join().outcome()).isEqualTo("aborted");
    assertThat(fixture.journal.calls()).containsSubsequence("resume", "abort", "discard");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void drainThatDoesNotEndIsGivenUpAtTheDeadlineAndNamesTheSession() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.traffic.drains = false;
    fixture.traffic.atBoundary = false;
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("pause");
    awaitDeadline(fixture, report);

    assertThat(report.join().outcome()).isEqualTo("aborted");
    assertThat(report.join().reasons())
        .singleElement()
        .satisfies(
            reason -> {
              assertThat(reason.subject()).isEqualTo("client 10.0.0.9:5555");
              assertThat(reason.message())
                  .isEqualTo(
                      "session 7, user alice on shop (till) has been in transaction for 12.345 s");
            });
    assertThat(fixture.journal.calls()).contains("abort").doesNotContain("fence");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void stepThatBlocksIsEndedAtTheDeadlineBySomeoneElse() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.fenceWaitsForAbort = true;
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("fence");

    fixture.timer.advance(RouteFixture.PAUSE);

    assertThat(report.join().outcome()).isEqualTo("aborted");
    assertThat(fixture.journal.calls()).contains("resume", "abort").doesNotContain("catchUp");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void sessionThatCannotBeMovedAbortsAndIsNamed() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.traffic.immovable =
        List.of(
            new Traffic.Immovable(fixture.traffic.session(), "temporary table", "drop the table"));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(report.reasons())
        .singleElement()
        .satisfies(
            reason -> {
              assertThat(reason.message())
                  .isEqualTo(
                      "session 7, user alice on shop (till) cannot be moved: temporary table");
              assertThat(reason.advice()).isEqualTo("drop the table");
            });
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void rowThatDiffersInsideThePauseAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.comparedInPause = FakeEngine.DIFFERENT;

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(report.reasons())
        .singleElement()
        .satisfies(reason -> assertThat(reason.subject()).isEqualTo("public.orders"));
    assertThat(fixture.journal.calls()).doesNotContain("arm", "decide");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void preparationThatFailsRefusesWithoutAPause() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    Finding cause = Findings.blocker("lacks-trigger", "orders", "no right", "grant it");
    fixture.journal.fail("prepare", new SyncException("not now", List.of(cause)));

    assertThatThrownBy(fixture::cutover)
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.reasons()).containsOnly(cause));

    assertThat(fixture.journal.calls()).doesNotContain("pause", "intent");
    fixture.assertServing(Standing.INITIAL);
  }

  @Test
  void deadlineMayNotBeNothing() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);

    assertThatThrownBy(() -> fixture.route.cutover(Duration.ZERO))
        .isInstanceOf(RefusedException.class);
  }

  /** The deadline is set just after the gate began to close. */
  private static void awaitDeadline(RouteFixture fixture, CompletableFuture<SwitchReport> report) {
    while (!report.isDone()) {
      fixture.timer.advance(RouteFixture.PAUSE);
      Thread.onSpinWait();
    }
  }
}
