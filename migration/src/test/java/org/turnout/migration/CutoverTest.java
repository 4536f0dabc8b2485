package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
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
    fixture.assertServing(ON_GREEN);
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
    fixture.assertServing(new Standing(new Epoch(2), Side.BLUE));
    assertThat(fixture.route.state().phase()).isEqualTo("following");
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
    fixture.assertServing(ON_GREEN);
    assertThat(fixture.stateFile()).contains("\"primary\" : \"green\"");
  }

  @Test
  void decisionStandsThoughTheStateFileCannotBeWritten() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    Files.createDirectory(directory.resolve("shop.json.new"));

    SwitchReport report = fixture.cutover();

    assertThat(report.outcome()).isEqualTo("switched");
    assertThat(RouteFixture.codes(report.reasons())).containsExactly("state-file");
    fixture.assertServing(ON_GREEN);
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
    fixture.assertServing(ON_GREEN);
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
    fixture.assertServing(Standing.INITIAL);
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
  void cutoverToThePrimaryOfNowIsDoneAlready() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.cutover();
    fixture.journal.clear();

    SwitchReport again = fixture.cutover();

    assertThat(again.outcome()).isEqualTo("switched");
    assertThat(again.epoch()).isEqualTo(1);
    assertThat(fixture.journal.calls()).doesNotContain("pause", "prepare");
  }
}
