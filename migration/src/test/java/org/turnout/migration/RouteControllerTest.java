package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.RouteController.Opened;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

class RouteControllerTest {
  private static final Standing ON_GREEN = new Standing(new Epoch(1), Side.GREEN);

  @TempDir Path directory;

  @Test
  void servesBlueOnTheFirstDay() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);

    assertThat(fixture.route.open()).isEqualTo(new Opened.Serving(Standing.INITIAL));

    assertThat(fixture.traffic.serving).contains(Standing.INITIAL);
    assertThat(fixture.route.state().phase()).isEqualTo("direct");
    assertThat(fixture.stateFile()).as("nothing to remember").isEmpty();
  }

  @Test
  void takenAddressIsSaid() {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.journal.fail("open", new BindException("Address already in use"));

    assertThatThrownBy(fixture.route::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Address already in use");
  }

  @Test
  void refusesClientsAndCommandsUntilThePrimaryIsKnown() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.journal.fail("settle", new SyncException("green is down and an intent is open"));

    Opened opened = fixture.route.open();

    String reason = "it cannot be known which side is primary: green is down and an intent is open";
    assertThat(opened).isEqualTo(new Opened.Refusing(reason));
    assertThat(fixture.traffic.refusals).as("nothing listens yet").isEmpty();
    fixture.route.refuseUntilServed();
    assertThat(fixture.traffic.refusals).containsExactly(reason);
    assertThat(fixture.traffic.serving).isEmpty();
    assertThat(RouteFixture.codes(fixture.route.state().blockers())).contains("primary-unknown");
    assertThatThrownBy(fixture.route::startSync).isInstanceOf(RefusedException.class);

    fixture.engine.recorded = ON_GREEN;
    fixture.journal.heal();
    fixture.journal.await("open");
    assertThat(fixture.traffic.serving).contains(ON_GREEN);
  }

  @Test
  void listensOnlyWhenItsPrimaryLetTurnoutIn() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.journal.fail("access", new SyncException("blue refuses the password"));

    Opened opened = fixture.route.open();

    String reason = "its primary does not let Turnout in: blue refuses the password";
    assertThat(opened).isEqualTo(new Opened.Refusing(reason));
    assertThat(fixture.journal.calls()).doesNotContain("open", "refuse");
    fixture.route.refuseUntilServed();
    fixture.journal.heal();
    fixture.journal.await("open");
    assertThat(fixture.traffic.serving).contains(Standing.INITIAL);
  }

  @Test
  void bugWhileSettlingRefusesClientsAndIsTriedAgain() throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.journal.fail("settle", new NullPointerException("no such column"));

    assertThat(fixture.route.open()).isEqualTo(new Opened.Refusing("a bug: no such column"));
    fixture.route.refuseUntilServed();

    fixture.journal.heal();
    fixture.journal.await("open");
    assertThat(fixture.traffic.serving).contains(Standing.INITIAL);
  }

  @Test
  void bugWhileTheSyncIsTakenUpDoesNotEndTheTrying() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    first.route.close();
    RouteFixture second = new RouteFixture(directory);
    second.journal.fail("start", new NullPointerException("no such column"));
    BlockingQueue<RouteState> states = new LinkedBlockingQueue<>();
    second.route.onChange(states::add);
    second.route.open();
    second.journal.await("start");

    second.journal.heal();
    RouteState state = states.take();
    while (state.sync().state() != SyncStatus.State.FOLLOWING) {
      state = states.take();
    }
    assertThat(state.phase()).isEqualTo("following");
  }

  @Test
  void restartTakesUpSyncReadWeightAndStanding() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    first.route.reads(40);
    first.cutover();
    first.route.close();

    RouteFixture second = new RouteFixture(directory);
    second.engine.recorded = ON_GREEN;
    second.route.open();
    second.journal.await("start");

    assertThat(second.traffic.serving).contains(ON_GREEN);
    assertThat(second.traffic.weight).isEqualTo(40);
    assertThat(second.engine.fresh).as("nothing is read from blue").isFalse();
    assertThat(second.route.state().reads().green()).isEqualTo(100);
    assertThat(second.route.state().phase()).isEqualTo("switched");
    assertThat(second.route.mirror("off").mirror()).isEqualTo("off");
  }

  @Test
  void recordsOfTheDatabasesOverruleAnOlderStateFile() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    first.route.close();
    RouteFixture second = new RouteFixture(directory);
    second.engine.recorded = ON_GREEN;

    second.route.open();

    assertThat(second.route.state().primary()).isEqualTo("green");
    assertThat(second.stateFile()).contains("\"primary\" : \"green\"");
  }

  @Test
  void syncThatCannotRunAfterARestartIsTriedAgainWhileClientsAreServed() throws Exception {
    RouteFixture first = RouteFixture.readyToCutOver(directory);
    first.route.close();
    RouteFixture second = new RouteFixture(directory);
    second.journal.fail("start", new SyncException("green is down"));
    second.route.open();
    second.journal.await("start");

    assertThat(second.traffic.serving).contains(Standing.INITIAL);

    BlockingQueue<RouteState> states = new LinkedBlockingQueue<>();
    second.route.onChange(states::add);
    second.journal.heal();
    RouteState state = states.take();
    while (state.sync().state() != SyncStatus.State.FOLLOWING) {
      state = states.take();
    }
    assertThat(state.phase()).isEqualTo("following");
  }

  @Test
  void whatIsNotTidiedIsNamedAndTriedAgainUntilNothingIsLeft() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    fixture.engine.left =
        List.of(Findings.warning("not-tidied", "blue", "no connection", "it is tried again"));
    BlockingQueue<RouteState> states = new LinkedBlockingQueue<>();
    fixture.route.onChange(states::add);

    assertThat(fixture.cutover().outcome()).isEqualTo("switched");
    awaitState(states, state -> RouteFixture.codes(state.blockers()).contains("not-tidied"));

    fixture.engine.left = List.of();
    awaitState(states, state -> !RouteFixture.codes(state.blockers()).contains("not-tidied"));
    assertThat(fixture.route.state().blockers())
        .noneMatch(each -> each.code().equals("not-tidied"));
  }

  @Test
  void databasesAreLookedAtAgainThoughNothingHappenedAndAFailedSyncIsNotStarted() throws Exception {
    RouteFixture fixture = RouteFixture.readyToCutOver(directory);
    BlockingQueue<RouteState> states = new LinkedBlockingQueue<>();
    fixture.route.onChange(states::add);
    // The first round also ends what the opening of the route has begun in the background.
    lookUntilTidied(fixture, states);
    fixture.engine.running = SyncStatus.State.FAILED;
    fixture.journal.clear();

    lookUntilTidied(fixture, states);

    assertThat(fixture.journal.calls()).contains("settle").doesNotContain("start");
  }

  private static void lookUntilTidied(RouteFixture fixture, BlockingQueue<RouteState> states)
      throws InterruptedException {
    fixture.engine.left =
        List.of(Findings.warning("not-tidied", "green", "a slot stays", "it is tried again"));
    fixture.timer.tick(SyncKeeper.LOOK);
    awaitState(states, state -> RouteFixture.codes(state.blockers()).contains("not-tidied"));
    fixture.engine.left = List.of();
    awaitState(states, state -> !RouteFixture.codes(state.blockers()).contains("not-tidied"));
  }

  private static void awaitState(BlockingQueue<RouteState> states, Predicate<RouteState> wanted)
      throws InterruptedException {
    while (!wanted.test(states.take())) {
      Thread.onSpinWait();
    }
  }

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
