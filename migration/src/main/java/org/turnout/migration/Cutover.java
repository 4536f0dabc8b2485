package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.Switchover.InDoubtException;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;

/**
 * One change of primary, cutover and rollback alike.
 *
 * <pre>
 *   before   verify changed rows, prepare the databases, connect ahead, record the intent
 *   paused   drain, fence | move sessions, catch up, sequences, compare changed rows, arm   (one deadline)
 *   decided  decision record, flip, state file
 *   after    resume, complete
 * </pre>
 *
 * <p>The rule: until {@link Switchover#decide} has begun every failure ends with the old primary
 * serving and the gate open; once the decision is written everything rolls forward; in between,
 * when the new primary does not answer, the gate stays closed until it does. Runs in the thread of
 * the command; the deadline runs on a thread of the timer.
 */
final class Cutover {
  private static final Logger log = LoggerFactory.getLogger(Cutover.class);

  /** How long the data plane may take outside of the pause's deadline. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** What an attempt may take besides its pause. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private static final Duration ASK_AGAIN = Duration.ofMillis(200);

  private final SyncEngine engine;
  private final Traffic traffic;
  private final Gate gate;
  private final ControlTimer timer;
  private final Standing before;
  private final Duration maxPause;
  private final Timeline timeline;
  private final Function<Standing, Optional<? extends Exception>> remember;
  private final Consumer<SwitchReport> interim;
  private volatile List<Finding> inTheWay = List.of();
  private String step = "prepare";

  /**
   * Prepares nothing yet.
   *
   * @param remember makes the new standing durable in the local state file; may fail
   * @param interim is told the report of an attempt that is in doubt
   */
  Cutover(
      SyncEngine engine,
      Traffic traffic,
      Gate gate,
      ControlTimer timer,
      Standing before,
      Duration maxPause,
      Function<Standing, Optional<? extends Exception>> remember,
      Consumer<SwitchReport> interim) {
    this.engine = engine;
    this.traffic = traffic;
    this.gate = gate;
    this.timer = timer;
    this.before = before;
    this.maxPause = maxPause;
    this.remember = remember;
    this.interim = interim;
    this.timeline = new Timeline(timer);
  }

  /**
   * Does all of it.
   *
   * @throws RefusedException when it could not even be prepared; nothing was changed then
   */
  SwitchReport run() throws RefusedException {
    Switchover switchover = prepare();
    try {
      timed("connect-ahead", () -> patiently(traffic.connectAhead()));
      timed("intent", () -> switchover.recordIntent(maxPause.plus(MARGIN)));
    } catch (StepFailed | InterruptedException failure) {
      traffic.forgetAhead();
      switchover.abort();
      return aborted(failure);
    }
    return paused(switchover);
  }

  private Switchover prepare() throws RefusedException {
    try {
      Verification[] changed = new Verification[1];
      timed("verify-changed", () -> changed[0] = engine.verifyChanged());
      requireEqual(changed[0]);
      Switchover[] prepared = new Switchover[1];
      timed("prepare", () -> prepared[0] = engine.prepareSwitchover(before));
      return prepared[0];
    } catch (StepFailed failure) {
      throw new RefusedException(Findings.sentence(failure), failure.reasons());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new RefusedException("it was interrupted before it began", List.of());
    }
  }

  private SwitchReport paused(Switchover switchover) {
    timeline.gateCloses();
    CompletableFuture<Void> drained = gate.pause();
    try (PauseWindow window = new PauseWindow(timer, maxPause, () -> release(switchover))) {
      try {
        insidePause(window, drained, switchover);
        window.decide();
      } catch (StepFailed | InterruptedException failure) {
        if (window.giveUp()) {
          release(switchover);
        }
        return aborted(failure);
      }
    }
    return decide(switchover);
  }

  private void insidePause(PauseWindow window, CompletableFuture<Void> drained, Switchover steps)
      throws StepFailed, InterruptedException {
    timed("drain", () -> window.await(drained));
    CompletableFuture<List<Traffic.Immovable>> moved = moveSessions();
    timed("fence", () -> steps.fence(lockPatience(window.remaining())));
    step = "move-sessions";
    List<Traffic.Immovable> immovable = window.await(moved);
    if (!immovable.isEmpty()) {
      throw StepFailed.because(
          immovable.size() + " sessions cannot be moved", Findings.immovable(immovable));
    }
    timed("catch-up", () -> steps.catchUp(window.remaining()));
    window.requireOpen();
    timed("sequences", () -> steps.advanceSequences());
    window.requireOpen();
    timed("compare-changed", () -> requireEqual(steps.compareChanged(window.remaining())));
    window.requireOpen();
    timed("arm", steps::arm);
  }

  private CompletableFuture<List<Traffic.Immovable>> moveSessions() {
    long start = timeline.nanos();
    return traffic
        .moveSessions()
        .whenComplete((moved, failure) -> timeline.ended("move-sessions", start, ""));
  }

  /**
   * A little less than the pause allows, so that whoever holds a lock is named and not the time.
   */
  private static Duration lockPatience(Duration remaining) {
    Duration reserve = Duration.ofMillis(Math.min(100, remaining.toMillis() / 10));
    return remaining.minus(reserve);
  }

  private static void requireEqual(Verification compared) throws StepFailed {
    if (!compared.clean()) {
      throw StepFailed.because(
          compared.differenceCount() + " rows differ between the sides",
          compared.differences().stream()
              .limit(20)
              .map(
                  row ->
                      Findings.blocker(
                          "difference",
                          row.table(),
                          row.key() + ": " + row.kind(),
                          "run turnout verify; nothing was changed"))
              .toList());
    }
  }

  /** Before a decision began: sessions go on first, what was locked is given back right after. */
  private void release(Switchover switchover) {
    inTheWay = Findings.inTheWay(traffic.sessions());
    openGate();
    traffic.forgetAhead();
    switchover.abort();
  }

  private void openGate() {
    long start = timeline.nanos();
    gate.resume();
    timeline.gateOpens();
    timeline.ended("release", start, "");
  }

  /** What became of the decision. */
  private sealed interface Decision {
    record Made() implements Decision {}

    record NotMade(Finding why) implements Decision {}

    record Unknown(SwitchReport report) implements Decision {}
  }

  private SwitchReport decide(Switchover switchover) {
    step = "decide";
    long start = timeline.nanos();
    Decision decision = decision(switchover);
    timeline.ended("decide", start, "");
    return switch (decision) {
      case Decision.Made() -> rollForward(switchover);
      case Decision.NotMade(Finding why) -> {
        // The fence may stick already: sessions go on only after it was lifted.
        switchover.abort();
        openGate();
        traffic.forgetAhead();
        yield report("aborted", before, List.of(why));
      }
      case Decision.Unknown(SwitchReport report) -> report;
    };
  }

  private Decision decision(Switchover switchover) {
    try {
      switchover.decide();
      return new Decision.Made();
    } catch (SyncException failure) {
      return notMade(switchover, Findings.sentence(failure));
    } catch (InDoubtException | RuntimeException doubt) {
      log.warn("it is in doubt which side is primary", doubt);
      return askUntilKnown(switchover, Findings.sentence(doubt));
    }
  }

  private static Decision notMade(Switchover switchover, String why) {
    return new Decision.NotMade(
        Findings.blocker(
            "decision-not-written",
            switchover.target().primary().word(),
            why,
            "see why this side did not take the decision, then try again"));
  }

  /** Nobody may guess: sessions stay held until the new primary says what it has. */
  private Decision askUntilKnown(Switchover switchover, String doubt) {
    String why = doubt;
    while (true) {
      SwitchReport report = report("in-doubt", before, List.of(inDoubt(switchover, why)));
      interim.accept(report);
      try {
        Standing known = engine.settle(before);
        return known.equals(switchover.target()) ? new Decision.Made() : notMade(switchover, doubt);
      } catch (SyncException unknown) {
        why = Findings.sentence(unknown);
      }
      try {
        timer.sleep(ASK_AGAIN);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return new Decision.Unknown(report);
      }
    }
  }

  private static Finding inDoubt(Switchover switchover, String why) {
    return Findings.blocker(
        "in-doubt",
        switchover.target().primary().word(),
        "it cannot be known yet whether the decision was written: " + why,
        "make this side reachable; sessions are held until it answers");
  }

  private SwitchReport rollForward(Switchover switchover) {
    Standing now = switchover.target();
    List<Finding> notes = new ArrayList<>();
    flip(now, notes);
    long start = timeline.nanos();
    Optional<? extends Exception> unwritten = remember.apply(now);
    timeline.ended("state-file", start, unwritten.map(Findings::sentence).orElse(""));
    unwritten.ifPresent(
        failure ->
            notes.add(
                Findings.warning(
                    "state-file",
                    "turnout",
                    Findings.sentence(failure),
                    "the decision stands on the databases; make the state directory writable")));
    openGate();
    try {
      timed("complete", switchover::complete);
    } catch (StepFailed | InterruptedException later) {
      notes.add(
          Findings.warning(
              "not-completed",
              now.primary().other().word(),
              Findings.sentence(later),
              "it is tried again by itself; until then the way back is not ready"));
    }
    return report("switched", now, notes);
  }

  private void flip(Standing now, List<Finding> notes) {
    try {
      timed("flip", () -> patiently(traffic.flip(now)));
    } catch (StepFailed | InterruptedException failure) {
      log.error("sessions could not be moved to {}", now.primary().word(), failure);
      notes.add(
          Findings.warning(
              "flip",
              now.primary().word(),
              Findings.sentence(failure),
              "sessions that still point to the old primary are refused there: reconnect them"));
    }
  }

  /** Waits outside of the pause's deadline, but not for ever. */
  private void patiently(CompletableFuture<Void> future) throws StepFailed, InterruptedException {
    CompletableFuture<Void> late = new CompletableFuture<>();
    try (ControlTimer.Handle patience = timer.after(PATIENCE, () -> late.complete(null))) {
      CompletableFuture.anyOf(future, late).get();
      if (!future.isDone()) {
        throw StepFailed.because("it was not done after " + PATIENCE.toSeconds() + " s", List.of());
      }
    } catch (ExecutionException failure) {
      throw StepFailed.of(failure.getCause() == null ? failure : failure.getCause());
    }
  }

  /** A step as the databases and the data plane offer it. */
  @FunctionalInterface
  private interface Work {
    void run() throws SyncException, StepFailed, InterruptedException;
  }

  /** Runs a step and notes its time, whatever becomes of it; a bug counts as a failure. */
  private void timed(String name, Work work) throws StepFailed, InterruptedException {
    step = name;
    long start = timeline.nanos();
    String note = "";
    try {
      work.run();
    } catch (SyncException failure) {
      note = Findings.sentence(failure);
      throw StepFailed.of(failure);
    } catch (StepFailed failure) {
      note = Findings.sentence(failure);
      throw failure;
    } catch (RuntimeException bug) {
      log.error("step {} failed by a bug", name, bug);
      note = Findings.sentence(bug);
      throw StepFailed.of(bug);
    } finally {
      timeline.ended(name, start, note);
    }
  }

  private SwitchReport aborted(Exception failure) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    List<Finding> reasons = new ArrayList<>();
    if (failure instanceof StepFailed failed) {
      reasons.addAll(failed.reasons());
    }
    if (step.equals("drain")) {
      reasons.addAll(inTheWay);
    }
    if (reasons.isEmpty()) {
      reasons.add(
          Findings.blocker(
              "step-failed",
              step,
              Findings.sentence(failure),
              "nothing was changed; remove the cause or allow a longer pause, then try again"));
    }
    log.info("the change of primary was aborted at {}: {}", step, Findings.sentence(failure));
    return report("aborted", before, reasons);
  }

  private SwitchReport report(String outcome, Standing standing, List<Finding> reasons) {
    return new SwitchReport(
        direction(before.primary()),
        outcome,
        standing.epoch().number(),
        timeline.pauseMicros(),
        timeline.steps(),
        List.copyOf(reasons));
  }

  static String direction(Side from) {
    return from.word() + "-to-" + from.other().word();
  }
}
