package org.turnout.migration;

import static org.turnout.migration.RouteParts.refused;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;

/** Cutover and rollback: one procedure, two targets. The caller holds the command lock. */
final class SwitchCommands {
  private final RouteParts route;

  SwitchCommands(RouteParts route) {
    this.route = route;
  }

  SwitchReport change(Side target, Duration maxPause) throws RefusedException {
    RouteMemory now = route.memory.now();
    if (now.standing().primary() == target) {
      return alreadyPrimary(now.standing());
    }
    if (route.handPause.holds()) {
      throw refused("gate-held", "the gate is held by hand", "open it: turnout resume");
    }
    List<Finding> blockers = route.blockers(now, route.engine.status(), List.of());
    if (!Findings.blocks(blockers)) {
      blockers = route.blockers(now, route.engine.status(), route.inspect());
    }
    if (Findings.blocks(blockers)) {
      throw new RefusedException(target.word() + " cannot become primary now", blockers);
    }
    route.switching = Thread.currentThread();
    try {
      route.listeners.changed();
      return switchOver(now.standing(), maxPause);
    } finally {
      route.switching = null;
    }
  }

  private SwitchReport switchOver(Standing before, Duration maxPause) throws RefusedException {
    SwitchReport report =
        new Cutover(
                route.engine,
                route.traffic,
                route.gate,
                route.timer,
                before,
                maxPause,
                standing -> route.memory.follow(now -> now.standing(standing)),
                this::report)
            .run();
    report(report);
    if (report.outcome().equals("switched")) {
      route.proof.forget();
      route.applyReads();
    }
    route.keeper.wake();
    return report;
  }

  private void report(SwitchReport report) {
    route.lastSwitch = Optional.of(report);
    route.listeners.changed();
  }

  private static SwitchReport alreadyPrimary(Standing standing) {
    return new SwitchReport(
        Steps.direction(standing.primary().other()),
        "switched",
        standing.epoch().number(),
        0,
        List.of(),
        List.of(
            Findings.warning(
                "already-primary",
                standing.primary().word(),
                standing.primary().word() + " is primary already",
                "nothing is to be done")));
  }
}
