package org.turnout.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteName;
import org.turnout.sync.Epoch;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.apply.ChangeStream;
import org.turnout.sync.copy.CopyProgress;

/**
 * What one epoch's sync says of itself: what it is busy with, why it stands still if it does, and
 * how far copy and stream are. A sync that has failed stays so. Written by the thread of the sync
 * and by whoever ends it; read by any, without waiting for a database.
 */
final class SyncReport {
  private static final Logger log = LoggerFactory.getLogger(SyncReport.class);

  private final RouteName route;
  private final Epoch epoch;
  private final Freshness freshness;
  private final CopyProgress progress = new CopyProgress(System::nanoTime);
  private volatile Phase phase = new Phase(SyncStatus.State.PREPARING, Optional.empty());

  /** What the work is busy with, and why it stands still if it does. */
  private record Phase(SyncStatus.State state, Optional<String> reason) {}

  SyncReport(RouteName route, Epoch epoch, Freshness freshness) {
    this.route = route;
    this.epoch = epoch;
    this.freshness = freshness;
  }

  /** Where the copy counts what it has done. */
  CopyProgress progress() {
    return progress;
  }

  /** The work goes on with this. */
  void enter(SyncStatus.State state) {
    enter(new Phase(state, Optional.empty()));
  }

  /** The work stands still, or goes on slowly, for a reason that the operator should know. */
  void enter(SyncStatus.State state, String reason) {
    enter(new Phase(state, Optional.of(reason)));
  }

  private synchronized void enter(Phase next) {
    if (phase.state() != SyncStatus.State.FAILED) {
      phase = next;
      log.info(
          "{}: sync of epoch {}: {}{}",
          route,
          epoch,
          next.state(),
          next.reason().map(reason -> ", " + reason).orElse(""));
    }
  }

  /** What the work is busy with, whatever the stream does. */
  SyncStatus.State state() {
    return phase.state();
  }

  /** What it does now; what the primary keeps for it is for the slot's guard to say. */
  SyncStatus status(Optional<ChangeStream> stream) {
    Phase now = stream.map(this::phase).orElse(phase);
    CopyProgress.View copied = progress.view();
    long instant = freshness.instant();
    return new SyncStatus(
        now.state(),
        now.reason().or(copied::waiting),
        copied.tables(),
        copied.rowsCopied(),
        copied.rowsTotal(),
        copied.bytesCopied(),
        copied.rowsPerSecond(),
        copied.eta(),
        stream.map(ChangeStream::lagBytes).orElse(0L),
        instant == Freshness.NEVER
            ? Optional.empty()
            : Optional.of(Duration.ofNanos(Math.max(0, System.nanoTime() - instant))),
        stream.map(ChangeStream::transactions).orElse(0L),
        stream.map(ChangeStream::changes).orElse(0L),
        0);
  }

  private Phase phase(ChangeStream stream) {
    Phase own = phase;
    if (own.state() == SyncStatus.State.FAILED) {
      return own;
    }
    return switch (stream.state()) {
      case ChangeStream.State.Following() -> own;
      case ChangeStream.State.Waiting(String reason) ->
          new Phase(SyncStatus.State.WAITING, Optional.of(reason));
      case ChangeStream.State.Failed(String reason) ->
          new Phase(SyncStatus.State.FAILED, Optional.of(reason));
    };
  }
}
