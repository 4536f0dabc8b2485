package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.turnout.sync.SyncEngine;

/**
 * Waits, before the gate closes, until the secondary is so near that catching up takes little of
 * the pause: a stream that lags, because a comparison has just kept both servers busy or the load
 * is high, catches up while clients are served and not while they are held. Measured by markers:
 * how long one takes is how long the catch-up would take now. In the thread of the command.
 */
final class Approach {
  /** How long a stream that comes no nearer is waited for; a marker under way has its time. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SyncEngine engine;
  private final ControlTimer timer;
  private final Duration near;
  private final Duration most;

  /**
   * @param maxPause of which catching up is to take a twentieth, and must not take more than half
   */
  Approach(SyncEngine engine, ControlTimer timer, Duration maxPause) {
    this.engine = engine;
    this.timer = timer;
    this.near = maxPause.dividedBy(20);
    this.most = maxPause.dividedBy(2);
  }

  void run() throws StepFailed, InterruptedException {
    long end = timer.nanos() + PATIENCE.toNanos();
    while (true) {
      long asked = timer.nanos();
      boolean arrived = await(engine.marker(), Math.max(end - asked, most.toNanos()));
      Duration lag = Duration.ofNanos(timer.nanos() - asked);
      if (arrived && lag.compareTo(near) <= 0) {
        return;
      }
      if (timer.nanos() - end >= 0) {
        requireInReach(arrived, lag);
        return;
      }
    }
  }

  private void requireInReach(boolean arrived, Duration lag) throws StepFailed {
    if (!arrived || lag.compareTo(most) > 0) {
      String message =
          "the stream lags "
              + (arrived ? "" : "more than ")
              + lag.toMillis()
              + " ms, and did not come nearer within "
              + PATIENCE.toSeconds()
              + " s";
      throw StepFailed.because(
          message,
          List.of(
              Findings.blocker(
                  "stream-lags",
                  "sync",
                  message + "; catching up would take too much of the pause",
                  "try again when there is less to do, or allow a longer pause")));
    }
  }

  /** Whether the marker came before the time was over. */
  private boolean await(CompletableFuture<Void> marker, long nanos)
      throws StepFailed, InterruptedException {
    CompletableFuture<Void> late = new CompletableFuture<>();
    ControlTimer.Handle patience =
        timer.after(Duration.ofNanos(Math.max(0, nanos)), () -> late.complete(null));
    try {
      CompletableFuture.anyOf(marker, late).get();
      return marker.isDone();
    } catch (ExecutionException failure) {
      throw StepFailed.of(failure.getCause() == null ? failure : failure.getCause());
    } finally {
      patience.close();
    }
  }
}
