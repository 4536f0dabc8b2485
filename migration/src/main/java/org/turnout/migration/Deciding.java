package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.Switchover.InDoubtException;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;

/**
 * The one step that cannot be undone: has the decision record written and finds out what became of
 * it. Nobody guesses: while the new primary does not answer, sessions stay held and it is asked
 * again, until it is known or the process ends.
 */
final class Deciding {
  private static final Logger log = LoggerFactory.getLogger(Deciding.class);
  private static final Duration ASK_AGAIN = Duration.ofMillis(200);

  private final SyncEngine engine;
  private final ControlTimer timer;
  private final Standing before;
  private final Steps steps;
  private final Consumer<SwitchReport> interim;

  Deciding(
      SyncEngine engine,
      ControlTimer timer,
      Standing before,
      Steps steps,
      Consumer<SwitchReport> interim) {
    this.engine = engine;
    this.timer = timer;
    this.before = before;
    this.steps = steps;
    this.interim = interim;
  }

  /** What became of the decision. */
  sealed interface Decision {
    /** The new primary has the authority. */
    record Made() implements Decision {}

    /** The old primary keeps it. */
    record NotMade(Finding why) implements Decision {}

    /** The process ends before it is known; the gate must stay closed. */
    record Unknown(SwitchReport report) implements Decision {}
  }

  /**
   * Decides.
   *
   * @param limit how long to wait for the databases before it is in doubt
   */
  Decision decide(Switchover switchover, Duration limit) {
    steps.enter("decide");
    long start = timer.nanos();
    Decision decision = attempt(switchover, limit);
    steps.timeline().ended("decide", start, decision.getClass().getSimpleName());
    return decision;
  }

  private Decision attempt(Switchover switchover, Duration limit) {
    try {
      switchover.decide(limit);
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

  private Decision askUntilKnown(Switchover switchover, String doubt) {
    String why = doubt;
    while (true) {
      SwitchReport report = steps.report("in-doubt", before, List.of(inDoubt(switchover, why)));
      interim.accept(report);
      try {
        Standing known = engine.settle(before).standing();
        return known.equals(switchover.target()) ? new Decision.Made() : notMade(switchover, doubt);
      } catch (SyncException unknown) {
        why = Findings.sentence(unknown);
      }
      try {
        timer.pauseFor(ASK_AGAIN);
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
}
