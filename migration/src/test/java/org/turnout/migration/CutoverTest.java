package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover.InDoubtException;
import org.turnout.sync.SyncException;

class CutoverTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);

  @TempDir Path directory;

  @Test
  void makesGreenPrimaryStepByStep() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(report.direction()).isEqualTo("blue-to-green");
    assertThat(report.epoch()).isEqualTo(1);
    assertThat(report.reasons()).isEmpty();
    assertThat(fixture.journal.calls())
        .containsSubsequence(
            "inspect",
            "verifyChanged",
            "prepare",
            "connectAhead",
            "verifyChanged",
            "intent",
            "pause",
            "moveSessions",
            "fence",
            "catchUp",
            "sequences",
            "compareChanged",
            "arm",
            "decide",
            "sealFreshness",
            "flip",
            "resume",
            "complete");
    assertThat(report.timeline())
        .extracting(SwitchReport.Step::name)
        .containsExactlyInAnyOrder(
            "verify-changed",
            "prepare",
            "connect-ahead",
            "verify-again",
            "approach",
            "intent",
            "drain",
            "fence",
            "move-sessions",
            "catch-up",
            "sequences",
            "compare-changed",
            "arm",
            "decide",
            "flip",
            "state-file",
            "release",
            "complete");
    assertServing(fixture, ON_GREEN);
    assertThat(fixture.stateFile()).contains("\"primary\" : \"green\"");
    assertThat(fixture.route.state().phase()).isEqualTo("switched");
  }

  @Test
  void rollsBackByTheSameProcedure() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.cutover();

    SwitchReport report = fixture.route.rollback(RouteFixture.PAUSE);

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(report.direction()).isEqualTo("green-to-blue");
    assertServing(fixture, new Standing(new Epoch(2), Side.BLUE));
    assertThat(fixture.route.state().phase()).isEqualTo("following");
  }

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
    assertServing(fixture, Standing.INITIAL);
    fixture.journal.heal();
    assertThat(fixture.cutover().outcome()).as("another attempt").isEqualTo("switched");
  }

  @Test
  void bugInAStepBeforeTheDecisionAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("arm", new IllegalArgumentException("a bug"));

    assertThat(fixture.cutover().outcome()).isEqualTo("aborted");
    assertServing(fixture, Standing.INITIAL);
  }

  @Test
  void bugOfTheDataPlaneInsideThePauseAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.traffic.bug = Optional.of(new IllegalStateException("a bug"));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(report.reasons()).extracting(Finding::message).containsExactly("a bug");
    assertThat(fixture.journal.calls()).containsSubsequence("pause", "resume", "abort", "discard");
    assertServing(fixture, Standing.INITIAL);
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
    assertServing(fixture, Standing.INITIAL);
  }

  @Test
  void decisionThatWasNotWrittenHoldsClientsForTheLiftingOfTheFenceOnly() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("decide", new SyncException("green does not answer"));

    assertThat(fixture.cutover().outcome()).isEqualTo("aborted");

    assertThat(fixture.journal.calls())
        .containsSubsequence("decide", "abort", "resume", "discard")
        .doesNotContain("sealFreshness");
  }

  @ParameterizedTest
  @ValueSource(strings = {"flip", "complete"})
  void failureAfterTheDecisionRollsForward(String step) throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail(step, new SyncException("no " + step));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(report.reasons())
        .extracting(Finding::severity, Finding::message)
        .contains(org.assertj.core.groups.Tuple.tuple(Finding.Severity.WARNING, "no " + step));
    assertThat(fixture.journal.calls()).doesNotContain("abort");
    assertServing(fixture, ON_GREEN);
    assertThat(fixture.stateFile()).contains("\"primary\" : \"green\"");
  }

  @Test
  void decisionStandsThoughTheStateFileCannotBeWritten() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    Files.createDirectory(directory.resolve("shop.json.new"));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(RouteFixture.codes(report.reasons())).containsExactly("state-file");
    assertServing(fixture, ON_GREEN);
  }

  @Test
  void sessionsAreHeldUntilTheNewPrimarySaysWhatWasDecided() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("decide", new InDoubtException("no answer", null));
    List<Boolean> gateWhenAsked = new java.util.concurrent.CopyOnWriteArrayList<>();
    for (int question = 0; question < 3; question++) {
      fixture.engine.answers.add(
          () -> {
            gateWhenAsked.add(fixture.traffic.gateOpen);
            throw new IllegalStateException("green does not answer");
          });
    }
    fixture.engine.answers.add(() -> ON_GREEN);
    fixture.engine.recorded = ON_GREEN;

    SwitchReport report = fixture.cutover();

    assertThat(gateWhenAsked).containsExactly(false, false, false);
    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(fixture.journal.calls()).contains("flip").doesNotContain("abort");
    assertServing(fixture, ON_GREEN);
  }

  @Test
  void doubtThatEndsWithoutADecisionAborts() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("decide", new InDoubtException("no answer", null));
    fixture.engine.answers.add(
        () -> {
          throw new IllegalStateException("green does not answer");
        });
    fixture.engine.answers.add(() -> Standing.INITIAL);

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("aborted");
    assertThat(RouteFixture.codes(report.reasons())).containsExactly("decision-not-written");
    assertThat(fixture.journal.calls()).contains("abort").doesNotContain("flip");
    assertServing(fixture, Standing.INITIAL);
  }

  @Test
  void gateStaysClosedWhenTheProcessEndsInDoubt() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("decide", new InDoubtException("no answer", null));
    fixture.journal.fail("settle", new SyncException("green does not answer"));
    CompletableFuture<SwitchReport> report = fixture.cutoverInBackground();
    fixture.journal.await("settle");

    fixture.route.close();

    assertThat(report.join().outcome()).isEqualTo("in-doubt");
    assertThat(fixture.journal.calls()).contains("close").doesNotContain("resume", "flip");
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
    assertServing(fixture, Standing.INITIAL);
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
    assertServing(fixture, Standing.INITIAL);
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
    assertServing(fixture, Standing.INITIAL);
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
    assertServing(fixture, Standing.INITIAL);
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
    assertServing(fixture, Standing.INITIAL);
  }

  @Test
  void cutoverToThePrimaryOfNowIsDoneAlready() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.cutover();
    fixture.journal.clear();

    SwitchReport again = fixture.cutover();

    assertThat(again.outcome()).isEqualTo("switched");
    assertThat(again.epoch()).isEqualTo(1);
    assertThat(fixture.journal.calls()).doesNotContain("pause", "prepare");
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

  private static void assertServing(RouteFixture fixture, Standing standing) {
    assertThat(fixture.traffic.serving).contains(standing);
    assertThat(fixture.traffic.gateOpen).as("the gate is open").isTrue();
    RouteState state = fixture.route.state();
    assertThat(state.gate()).isEqualTo("open");
    assertThat(state.primary()).isEqualTo(standing.primary().word());
    assertThat(state.epoch()).isEqualTo(standing.epoch().number());
  }
}
