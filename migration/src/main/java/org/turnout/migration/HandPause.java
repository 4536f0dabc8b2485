package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;

/**
 * The gate held by an operator. It always opens again: by hand, or by its deadline, even when the
 * operator is gone. Any thread.
 */
final class HandPause {
  private final Gate gate;
  private final Traffic traffic;
  private final ControlTimer timer;
  private @Nullable Hold hold;

  /** One closing of the gate; {@code over} says who was in the way when it ended. */
  record Hold(
      CompletableFuture<Void> drained,
      CompletableFuture<List<Finding>> over,
      CompletableFuture<ControlTimer.Handle> deadline) {}

  HandPause(Gate gate, Traffic traffic, ControlTimer timer) {
    this.gate = gate;
    this.traffic = traffic;
    this.timer = timer;
  }

  synchronized boolean holds() {
    return hold != null;
  }

  /** Closes the gate unless it is closed; the first deadline counts. */
  synchronized Hold begin(Duration length) {
    if (hold != null) {
      return hold;
    }
    Hold begun = new Hold(gate.pause(), new CompletableFuture<>(), new CompletableFuture<>());
    hold = begun;
    begun.deadline().complete(timer.after(length, () -> end(begun)));
    return begun;
  }

  /** Returns when all sessions are held. */
  void awaitPaused(Hold waited) throws RefusedException, InterruptedException {
    try {
      CompletableFuture.anyOf(waited.drained(), waited.over()).get();
    } catch (ExecutionException failure) {
      // Opening the gate cancels the drain: whoever opened it is about to say who was in the way.
      end(waited);
      waited.over().join();
    }
    if (waited.over().isDone()) {
      throw new RefusedException(
          "the gate was opened again before every session stood at a boundary",
          waited.over().join());
    }
  }

  /** Opens the gate if it is held by hand. */
  void end() {
    Hold held;
    synchronized (this) {
      held = hold;
    }
    if (held != null) {
      end(held);
    }
  }

  private void end(Hold held) {
    synchronized (this) {
      if (!held.equals(hold)) {
        return;
      }
      hold = null;
    }
    List<Finding> inTheWay = Findings.inTheWay(traffic.sessions());
    gate.resume();
    held.over().complete(inTheWay);
    held.deadline().thenAccept(ControlTimer.Handle::close);
  }
}
