package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;

/** Why a change of primary may not start now, as far as it is known without asking a database. */
final class Blockers {
  /** More than this cannot be caught up inside a pause. */
  private static final long MAX_LAG_BYTES = 16L << 20;

  private static final Duration MAX_LAG = Duration.ofSeconds(10);

  private Blockers() {}

  static List<Finding> of(RouteMemory memory, SyncStatus sync, VerificationRun verification) {
    if (memory.finished()) {
      return List.of(
          Findings.blocker(
              "finished",
              "route",
              "the migration is finished and nothing of it is left on the databases",
              "there is no way back from here; begin a new route for a new migration"));
    }
    List<Finding> found = new ArrayList<>();
    following(memory, sync, found);
    verified(verification, found);
    return List.copyOf(found);
  }

  private static void following(RouteMemory memory, SyncStatus sync, List<Finding> found) {
    if (!memory.syncWanted()) {
      found.add(
          Findings.blocker(
              "sync-off", "sync", "no sync runs", "start it: turnout sync, and let it catch up"));
    } else if (!memory.mirrored()) {
      found.add(
          Findings.blocker(
              "mirror-off", "sync", "the mirror is off", "turn it on: turnout mirror log"));
    } else if (sync.state() != SyncStatus.State.FOLLOWING) {
      String why = sync.error().map(error -> ": " + error).orElse("");
      found.add(
          Findings.blocker(
              "sync-not-following",
              "sync",
              "the sync is " + sync.state().name().toLowerCase(Locale.ROOT) + why,
              "wait until it follows; see its state in turnout status"));
    } else if (sync.lagBytes() > MAX_LAG_BYTES
        || sync.lag().filter(lag -> lag.compareTo(MAX_LAG) > 0).isPresent()) {
      found.add(
          Findings.blocker(
              "sync-behind",
              "sync",
              "the secondary is " + sync.lagBytes() + " bytes of log behind",
              "wait until it has caught up, or look what slows it down"));
    }
  }

  private static void verified(VerificationRun run, List<Finding> found) {
    if (run.running()) {
      found.add(
          Findings.blocker(
              "verification-running",
              "verification",
              "a comparison of both sides runs",
              "wait until it has ended"));
      return;
    }
    Verification last = run.result().orElse(null);
    if (last == null || !last.complete()) {
      found.add(
          Findings.blocker(
              "not-verified",
              "verification",
              "this process has not compared every row of both sides",
              "run turnout verify"));
    } else if (!last.clean()) {
      found.add(
          Findings.blocker(
              "differences",
              "verification",
              last.differenceCount() + " rows differ between the sides",
              "look at the differences, stop and start the sync, then verify again"));
    }
  }
}
