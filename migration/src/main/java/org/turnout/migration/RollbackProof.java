package org.turnout.migration;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncStatus;

/**
 * Proves that the way back is open: once a second a marker goes through the reverse stream, and
 * only while its last round trip is young is the way back ready. Any thread.
 */
final class RollbackProof {
  /** A round trip older than this proves nothing. */
  static final Duration FRESH = Duration.ofSeconds(5);

  private final SyncEngine engine;
  private final ControlTimer timer;
  private @Nullable CompletableFuture<Void> travelling;
  private boolean proved;
  private long provedNanos;
  private String failure = "no marker has come back yet";

  RollbackProof(SyncEngine engine, ControlTimer timer) {
    this.engine = engine;
    this.timer = timer;
  }

  /** Sends the next marker unless one is on its way. */
  synchronized void probe(RouteMemory memory) {
    if (memory.standing().primary() == Side.BLUE || !memory.syncWanted()) {
      forget();
      return;
    }
    if (travelling != null || engine.status().state() != SyncStatus.State.FOLLOWING) {
      return;
    }
    long sent = timer.nanos();
    CompletableFuture<Void> marker = engine.marker();
    travelling = marker;
    marker.whenComplete((applied, broken) -> arrived(marker, sent, broken));
  }

  private synchronized void arrived(
      CompletableFuture<Void> marker, long sent, @Nullable Throwable broken) {
    if (!marker.equals(travelling)) {
      // It went another way, before what was proved became void.
      return;
    }
    travelling = null;
    if (broken == null) {
      proved = true;
      provedNanos = sent;
    } else {
      failure = "the last marker did not come back: " + Findings.sentence(broken);
    }
  }

  /** The stream has ended or changed direction: what was proved is void. */
  synchronized void forget() {
    proved = false;
    travelling = null;
    failure = "no marker has come back yet";
  }

  synchronized RouteState.Rollback state(RouteMemory memory) {
    if (memory.finished()) {
      return new RouteState.Rollback(false, "the migration is finished");
    }
    if (memory.standing().primary() == Side.BLUE) {
      return new RouteState.Rollback(false, "blue is primary: there is nothing to roll back");
    }
    SyncStatus status = engine.status();
    if (status.state() != SyncStatus.State.FOLLOWING) {
      return new RouteState.Rollback(
          false, status.error().orElse("the reverse stream does not run"));
    }
    if (!proved) {
      return new RouteState.Rollback(false, failure);
    }
    long age = timer.nanos() - provedNanos;
    if (age > FRESH.toNanos()) {
      return new RouteState.Rollback(
          false, "no marker has come back for " + age / 1_000_000_000 + " s");
    }
    return new RouteState.Rollback(
        true, "a marker came back " + Math.max(age, 0) / 1_000_000 + " ms ago");
  }
}
