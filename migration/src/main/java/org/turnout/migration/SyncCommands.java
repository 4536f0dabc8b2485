package org.turnout.migration;

import static org.turnout.migration.RouteParts.refused;

import java.util.ArrayList;
import java.util.List;
import org.turnout.config.Side;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

/** The commands about copy, stream, reads and comparison. The caller holds the command lock. */
final class SyncCommands {
  private final RouteParts route;

  SyncCommands(RouteParts route) {
    this.route = route;
  }

  void reads(double greenPercent) throws RefusedException {
    if (!(greenPercent >= 0 && greenPercent <= 100)) {
      throw refused("invalid-weight", "the read weight is 0 to 100 percent", "give such a number");
    }
    Phase phase = route.memory.now().phase();
    if (phase == Phase.FINISHED) {
      throw refused("finished", "a finished route reads from its primary", "nothing is to be done");
    }
    if (greenPercent > 0 && (phase == Phase.DIRECT || phase == Phase.COPYING)) {
      throw refused(
          "sync-not-following",
          "green does not have the rows yet",
          "start the sync and wait until it follows");
    }
    route.remember(memory -> memory.reading(greenPercent));
    route.applyReads();
  }

  void mirror(String mode) throws RefusedException {
    switch (mode) {
      case "log" -> mirrorLog();
      case "off" -> mirrorOff();
      default ->
          throw refused(
              "unknown-mirror", "the mirror is off or log, not " + mode, "choose one of them");
    }
  }

  private void mirrorLog() throws RefusedException {
    RouteMemory before = route.memory.now();
    if (!before.syncWanted()) {
      throw refused("sync-off", "no sync runs", "start it: turnout sync");
    }
    route.remember(now -> now.mirroring(true));
    try {
      startEngine();
    } catch (RefusedException refusal) {
      if (!before.mirrored()) {
        route.remember(now -> now.mirroring(false));
      }
      throw refusal;
    }
  }

  private void mirrorOff() throws RefusedException {
    RouteMemory now = route.memory.now();
    if (now.syncWanted() && now.secondaryReads() > 0) {
      throw refused(
          "reads-on-secondary",
          "reads go to the secondary, which would grow old",
          "take the reads back to the primary first: turnout reads");
    }
    route.remember(memory -> memory.mirroring(false));
    route.engine.halt();
    route.proof.forget();
  }

  void start() throws RefusedException {
    RouteMemory before = route.memory.now();
    if (before.finished()) {
      throw refused("finished", "the migration is finished", "declare a new route for a new one");
    }
    if (before.removing()) {
      throw refused(
          "removal-pending",
          "what Turnout made on the databases was removed only in part",
          "stop the sync once more, then start it");
    }
    route.remember(RouteMemory::wantingSync);
    try {
      startEngine();
    } catch (RefusedException refusal) {
      if (!before.syncWanted()) {
        route.remember(RouteMemory::withoutSync);
      }
      throw refusal;
    }
  }

  private void startEngine() throws RefusedException {
    try {
      route.engine.start(route.memory.now().standing());
      route.keeper.forgetFailure();
      route.applyReads();
    } catch (SyncException failure) {
      throw refused(failure);
    }
  }

  /** Afterwards blue is primary at epoch 0 again: nothing remains of earlier changes of primary. */
  void stop() throws RefusedException {
    RouteMemory now = route.memory.now();
    if (now.finished() || now.equals(RouteMemory.DIRECT)) {
      return;
    }
    if (now.standing().primary() == Side.GREEN) {
      throw refused(
          "green-is-primary",
          "green is primary, its rows are the only current ones",
          "roll back first, or finish the migration");
    }
    remove(false);
    route.remember(RouteMemory::removed);
    route.applyReads();
  }

  void finish() throws RefusedException {
    RouteMemory now = route.memory.now();
    if (now.finished()) {
      return;
    }
    if (now.standing().primary() == Side.BLUE && now.syncWanted()) {
      throw refused(
          "not-switched",
          "blue is primary and the sync runs",
          "cut over first, or stop the sync to give the migration up");
    }
    remove(true);
    route.remember(RouteMemory::finishing);
    route.applyReads();
  }

  private void remove(boolean keepGreenRows) throws RefusedException {
    route.remember(RouteMemory::beginningRemoval);
    if (!keepGreenRows) {
      route.traffic.readWeight(0);
    }
    route.verification.forget();
    route.proof.forget();
    route.keeper.forgetFailure();
    route.inspected = List.of();
    route.engine.keepFresh(false);
    try {
      route.engine.remove(keepGreenRows);
    } catch (SyncException failure) {
      List<Finding> reasons = new ArrayList<>(failure.findings());
      reasons.addFirst(
          Findings.blocker(
              "removal-pending",
              "route",
              "what Turnout made on the databases was removed only in part",
              keepGreenRows ? "repeat it: turnout finish" : "repeat it: turnout sync --stop"));
      throw RefusedException.inPart(Findings.sentence(failure), reasons);
    }
  }

  void verify() throws RefusedException {
    if (!route.memory.now().syncWanted()
        || route.engine.status().state() != SyncStatus.State.FOLLOWING) {
      throw refused(
          "sync-not-following",
          "both sides can be compared only while the sync follows",
          "start the sync and wait until it follows");
    }
    route.verification.start();
  }
}
