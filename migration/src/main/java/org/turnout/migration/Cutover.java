package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.Deciding.Decision;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.Verification;

/**
 * One change of primary, cutover and rollback alike.
 *
 * <pre>
 *   before   verify changed rows, prepare the databases, connect ahead, verify again,
 *            wait until the stream is near, record the intent
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

  private static final int DIFFERENCES_SHOWN = 20;

  /** How often the changed rows are compared again before clients are held. */
  private static final int MOST_ROUNDS = 5;

  private final SyncEngine engine;
  private final Traffic traffic;
  private final Gate gate;
  private final ControlTimer timer;
  private final Standing before;
  private final Duration maxPause;
  private final Function<Standing, Optional<? extends Exception>> remember;
  private final Steps steps;
  private final Timeline timeline;
  private final Deciding deciding;
  private volatile List<Finding> inTheWay = List.of();

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
    this.steps = new Steps(timer, before);
    this.timeline = steps.timeline();
    this.deciding = new Deciding(engine, timer, before, steps, interim);
  }

  /**
   * Does all of it.
   *
   * @throws RefusedException when it could not even be prepared; nothing was changed then
   */
  SwitchReport run() throws RefusedException {
    Switchover switchover = prepare();
    try {
      steps.run("connect-ahead", () -> steps.await(traffic.connectAhead(), PATIENCE));
      comeNear();
      steps.run("intent", () -> switchover.recordIntent(maxPause.plus(MARGIN)));
    } catch (StepFailed | InterruptedException failure) {
      traffic.forgetAhead();
      switchover.abort();
      switchover.discard();
      return aborted(failure);
    }
    return paused(switchover);
  }

  /**
   * What changed while all that was prepared need not be compared inside the pause, nor applied in
   * it. Changes go on meanwhile: done again as long as each round leaves less to do in the pause.
   */
  private void comeNear() throws StepFailed, InterruptedException {
    Approach approach = new Approach(engine, timer, maxPause);
    long before = Long.MAX_VALUE;
    for (int round = 1; ; round++) {
      long start = timer.nanos();
      steps.run("verify-again", () -> requireEqual(engine.verifyChanged()));
      steps.run("approach", approach::run);
      long took = timer.nanos() - start;
      if (took <= maxPause.toNanos() / 4 || took > before / 4 * 3 || round == MOST_ROUNDS) {
        return;
      }
      before = took;
    }
  }

  private Switchover prepare() throws RefusedException {
    try {
      steps.run("verify-changed", () -> requireEqual(engine.verifyChanged()));
      return steps.call("prepare", () -> engine.prepareSwitchover(before));
    } catch (StepFailed failure) {
      throw new RefusedException(Findings.sentence(failure), failure.reasons());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new RefusedException("it was interrupted before it began", List.of());
    }
  }

  private SwitchReport paused(Switchover switchover) {
    timeline.gateCloses();
    Duration left;
    try (PauseWindow window = new PauseWindow(timer, maxPause, () -> release(switchover))) {
      try {
        insidePause(window, gate.pause(), switchover);
        left = window.decide(reserve(maxPause));
      } catch (StepFailed | InterruptedException | RuntimeException failure) {
        if (window.giveUp()) {
          release(switchover);
        }
        return aborted(failure);
      }
    }
    return decided(switchover, left);
  }

  private void insidePause(
      PauseWindow window, CompletableFuture<Void> drained, Switchover switchover)
      throws StepFailed, InterruptedException {
    steps.run("drain", () -> window.await(drained));
    CompletableFuture<List<Traffic.Immovable>> moved = moveSessions(window.remaining());
    steps.run("fence", () -> switchover.fence(lessReserve(window.remaining())));
    steps.enter("move-sessions");
    List<Traffic.Immovable> immovable = window.await(moved);
    if (!immovable.isEmpty()) {
      throw StepFailed.because(
          immovable.size() + " sessions cannot be moved", Findings.immovable(immovable));
    }
    steps.run("catch-up", () -> switchover.catchUp(window.remaining()));
    steps.run("sequences", () -> switchover.advanceSequences(window.remaining()));
    steps.run("compare-changed", () -> requireEqual(switchover.compareChanged(window.remaining())));
    steps.run("arm", () -> switchover.arm(window.remaining()));
  }

  private CompletableFuture<List<Traffic.Immovable>> moveSessions(Duration remaining) {
    long start = timer.nanos();
    return traffic
        .moveSessions(lessReserve(remaining))
        .whenComplete((moved, failure) -> timeline.ended("move-sessions", start, ""));
  }

  /**
   * A little less than the pause allows, so that whoever holds a lock or does not answer is named,
   * and not the time.
   */
  private static Duration lessReserve(Duration remaining) {
    return remaining.minus(reserve(remaining));
  }

  private static Duration reserve(Duration length) {
    return Duration.ofMillis(Math.min(100, length.toMillis() / 10));
  }

  private static void requireEqual(Verification compared) throws StepFailed {
    if (!compared.clean()) {
      throw StepFailed.because(
          compared.differenceCount() + " rows differ between the sides",
          compared.differences().stream()
              .limit(DIFFERENCES_SHOWN)
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
    try {
      inTheWay = Findings.inTheWay(traffic.sessions());
    } catch (RuntimeException bug) {
      log.error("a bug keeps those who were in the way from being named", bug);
    }
    openGate();
    traffic.forgetAhead();
    switchover.abort();
    switchover.discard();
  }

  private void openGate() {
    long start = timer.nanos();
    gate.resume();
    timeline.gateOpens();
    timeline.ended("release", start, "");
  }

  private SwitchReport decided(Switchover switchover, Duration limit) {
    return switch (deciding.decide(switchover, limit)) {
      case Decision.Made() -> rollForward(switchover);
      case Decision.NotMade(Finding why) -> {
        // The fence may stick already: sessions go on only after it was lifted.
        switchover.abort();
        openGate();
        traffic.forgetAhead();
        switchover.discard();
        yield steps.report("aborted", before, List.of(why));
      }
      case Decision.Unknown(SwitchReport report) -> report;
    };
  }

  private SwitchReport rollForward(Switchover switchover) {
    Standing now = switchover.target();
    List<Finding> notes = new ArrayList<>();
    engine.sealFreshness();
    flip(now, notes);
    long start = timer.nanos();
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
      steps.run("complete", switchover::complete);
    } catch (StepFailed | InterruptedException later) {
      keepInterrupt(later);
      notes.add(
          Findings.warning(
              "not-completed",
              now.primary().other().word(),
              Findings.sentence(later),
              "it is tried again by itself; until then the way back is not ready"));
    }
    return steps.report("switched", now, List.copyOf(notes));
  }

  private void flip(Standing now, List<Finding> notes) {
    try {
      steps.run("flip", () -> steps.await(traffic.flip(now), PATIENCE));
    } catch (StepFailed | InterruptedException failure) {
      keepInterrupt(failure);
      log.error("sessions could not be moved to {}", now.primary().word(), failure);
      notes.add(
          Findings.warning(
              "flip",
              now.primary().word(),
              Findings.sentence(failure),
              "sessions that still point to the old primary are refused there: reconnect them"));
    }
  }

  private SwitchReport aborted(Exception failure) {
    keepInterrupt(failure);
    List<Finding> reasons = new ArrayList<>();
    if (failure instanceof StepFailed failed) {
      reasons.addAll(failed.reasons());
    }
    if (steps.current().equals("drain")) {
      reasons.addAll(inTheWay);
    }
    if (reasons.isEmpty()) {
      reasons.add(
          Findings.blocker(
              "step-failed",
              steps.current(),
              Findings.sentence(failure),
              "nothing was changed; remove the cause or allow a longer pause, then try again"));
    }
    if (failure instanceof RuntimeException bug) {
      log.error("a bug ended the change of primary at {}", steps.current(), bug);
    } else {
      log.info(
          "the change of primary ended at {}: {}", steps.current(), Findings.sentence(failure));
    }
    return steps.report("aborted", before, List.copyOf(reasons));
  }

  private static void keepInterrupt(Exception failure) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
  }
}
