package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

class RouteControllerTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);

  @TempDir Path directory;

  @Test
  void syncThatIsRefusedIsNotWantedAfterwards() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();
    fixture.journal.fail(
        "start",
        new SyncException(
            "not now", List.of(Findings.blocker("wal-level", "blue", "is replica", "set it"))));

    assertThatThrownBy(fixture.route::startSync)
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused ->
                assertThat(RouteFixture.codes(refused.reasons())).containsExactly("wal-level"));

    assertThat(fixture.route.state().phase()).isEqualTo("direct");
    assertThat(fixture.stateFile()).contains("\"syncWanted\" : false");
  }

  @Test
  void cutoverIsRefusedWithEveryReasonAndItsAdvice() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();

    assertThatThrownBy(fixture::cutover)
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> {
              assertThat(RouteFixture.codes(refused.reasons()))
                  .containsExactly("sync-off", "not-verified");
              assertThat(refused.reasons())
                  .allSatisfy(reason -> assertThat(reason.advice()).isNotBlank());
            });
  }

  @Test
  void findingsOfTheDatabasesBlockACutoverAndWarningsDoNot() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.findings =
        List.of(Findings.blocker("prepared-transaction", "blue", "gid x is open", "end it"));
    assertThatThrownBy(fixture::cutover).isInstanceOf(RefusedException.class);

    fixture.engine.findings =
        List.of(Findings.warning("old-transaction", "blue", "is 3 minutes old", "wait"));
    assertThat(fixture.cutover().outcome()).isEqualTo("switched");
  }

  @Test
  void comparisonThatFoundADifferenceBlocksACutover() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.compared = FakeEngine.DIFFERENT;
    fixture.verified();

    assertThatThrownBy(fixture::cutover)
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused ->
                assertThat(RouteFixture.codes(refused.reasons())).containsExactly("differences"));
  }

  @Test
  void comparisonThatCouldNotBeCompletedSaysWhy() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.journal.fail("verify", new SyncException("green went away"));
    fixture.verified();

    assertThat(fixture.route.state().verification())
        .hasValueSatisfying(run -> assertThat(run.error()).contains("green went away"));
    assertThat(RouteFixture.codes(fixture.route.state().blockers())).contains("not-verified");
  }

  @Test
  void pauseByHandEndsAtItsDeadlineThoughNobodyResumes() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();

    assertThat(fixture.route.pause(Duration.ofSeconds(3)).gate()).isEqualTo("paused");
    fixture.timer.advance(Duration.ofSeconds(3));

    assertThat(fixture.route.state().gate()).isEqualTo("open");
    assertThat(fixture.traffic.gateOpen).isTrue();
  }

  @Test
  void pauseThatIsNotReachedNamesWhoWasInTheWay() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();
    fixture.traffic.drains = false;
    fixture.traffic.atBoundary = false;
    CompletableFuture<RefusedException> refusal = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                fixture.route.pause(Duration.ofSeconds(3));
                refusal.completeExceptionally(new AssertionError("it paused"));
              } catch (RefusedException refused) {
                refusal.complete(refused);
              }
            });
    fixture.journal.await("pause");
    while (!refusal.isDone()) {
      fixture.timer.advance(Duration.ofSeconds(3));
      Thread.onSpinWait();
    }

    assertThat(RouteFixture.codes(refusal.join().reasons())).containsExactly("session-in-the-way");
    assertThat(fixture.traffic.gateOpen).isTrue();
  }

  @Test
  void resumeOpensTheGateAndACutoverMayGoOn() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.route.pause(Duration.ofMinutes(1));
    assertThatThrownBy(fixture::cutover).isInstanceOf(RefusedException.class);

    assertThat(fixture.route.resume().gate()).isEqualTo("open");

    assertThat(fixture.cutover().outcome()).isEqualTo("switched");
  }

  @Test
  void wayBackIsReadyOnlyWhileMarkersComeBack() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    assertThat(fixture.route.state().rollback().ready()).isFalse();
    fixture.cutover();
    fixture.engine.marker = new CompletableFuture<>();
    fixture.timer.tick();
    assertThat(fixture.route.state().rollback())
        .isEqualTo(new RouteState.Rollback(false, "no marker has come back yet"));

    fixture.engine.marker.complete(null);
    assertThat(fixture.route.state().rollback().ready()).isTrue();

    fixture.timer.advance(Duration.ofSeconds(6));
    assertThat(fixture.route.state().rollback())
        .isEqualTo(new RouteState.Rollback(false, "no marker has come back for 6 s"));

    fixture.engine.running = SyncStatus.State.WAITING;
    assertThat(fixture.route.state().rollback().ready()).isFalse();
  }

  @Test
  void markerOfAnEarlierWayProvesNothing() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.cutover();
    CompletableFuture<Void> late = new CompletableFuture<>();
    fixture.engine.marker = late;
    fixture.timer.tick();
    fixture.engine.marker = CompletableFuture.completedFuture(null);
    fixture.route.rollback(RouteFixture.PAUSE);
    fixture.cutover();

    late.complete(null);

    assertThat(fixture.route.state().rollback())
        .isEqualTo(new RouteState.Rollback(false, "no marker has come back yet"));
    fixture.timer.tick();
    assertThat(fixture.route.state().rollback().ready()).isTrue();
  }

  @Test
  void stoppedSyncLeavesNothingAndBeginsAnew() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.route.reads(50);
    fixture.cutover();
    assertThatThrownBy(fixture.route::stopSync)
        .as("green has the only current rows")
        .isInstanceOf(RefusedException.class);
    fixture.route.rollback(RouteFixture.PAUSE);

    RouteState stopped = fixture.route.stopSync();

    assertThat(stopped.phase()).isEqualTo("direct");
    assertThat(stopped.epoch()).isZero();
    assertThat(fixture.traffic.weight).isZero();
    assertThat(fixture.journal.calls()).contains("remove all");
  }

  @Test
  void finishedRouteServesByItsStateFileAlone() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    assertThatThrownBy(first.route::finish)
        .as("blue is primary and the sync runs")
        .isInstanceOf(RefusedException.class);
    first.cutover();
    assertThat(first.route.finish().phase()).isEqualTo("finished");
    first.route.close();

    RouteFixture second = new RouteFixture(directory);
    second.journal.fail("settle", new SyncException("must not be asked"));
    second.route.open();

    assertThat(second.traffic.serving).contains(ON_GREEN);
    assertThat(second.traffic.weight).isEqualTo(100);
    assertThat(second.route.finish().phase()).isEqualTo("finished");
    assertThatThrownBy(() -> second.route.rollback(RouteFixture.PAUSE))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void finishThatGotStuckKeepsTheStandingAndIsDoneAgain() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    first.cutover();
    first.journal.fail("remove helpers", new SyncException("blue is down"));
    assertThatThrownBy(first.route::finish)
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> {
              assertThat(refused.inPart()).isTrue();
              assertThat(RouteFixture.codes(refused.reasons())).containsExactly("removal-pending");
            });
    first.route.close();

    RouteFixture second = new RouteFixture(directory);
    second.route.open();

    assertThat(second.traffic.serving).contains(ON_GREEN);
    assertThat(second.route.finish().phase()).isEqualTo("finished");
  }

  @Test
  void removalThatCannotBeRememberedChangesNothing() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.route.reads(50);
    Path file = directory.resolve("shop.json");
    Files.delete(file);
    Files.createDirectories(file.resolve("in the way"));

    assertThatThrownBy(fixture.route::stopSync)
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.inPart()).isFalse());

    assertThat(fixture.traffic.weight).isEqualTo(50);
    assertThat(fixture.journal.calls()).doesNotContain("remove all");
  }

  @Test
  void mirrorThatCouldNotBeTurnedOnStaysOff() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.route.mirror("off");
    fixture.journal.fail("start", new SyncException("green is down"));

    assertThatThrownBy(() -> fixture.route.mirror("log"))
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.inPart()).isFalse());

    assertThat(fixture.route.state().mirror()).isEqualTo("off");
  }

  @Test
  void readsGoToGreenOnlyOnceItHasTheRows() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();
    assertThatThrownBy(() -> fixture.route.reads(10)).isInstanceOf(RefusedException.class);
    fixture.route.startSync();

    assertThat(fixture.route.reads(10).phase()).isEqualTo("shifting");
    assertThat(fixture.engine.fresh).isTrue();
    assertThat(fixture.route.reads(0).phase()).isEqualTo("following");
    assertThat(fixture.engine.fresh).isFalse();
    assertThatThrownBy(() -> fixture.route.reads(101)).isInstanceOf(RefusedException.class);
  }
}
