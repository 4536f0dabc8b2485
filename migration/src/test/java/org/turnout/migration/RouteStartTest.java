package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
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

class RouteStartTest {
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
}
