package org.turnout.proxy.gate;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Holds the sessions of a route at their next boundary.
 *
 * <p>Each event loop has a {@link LaneGate} of its own; this class closes and opens all of them and
 * completes when every one has reported that nothing runs there. Events only, nothing is polled.
 * Rule: closing and opening reach every event loop in the order in which they were called.
 *
 * <p>Safe for any thread.
 */
public final class Gate {
  /** Where the gate stands. */
  public enum State {
    OPEN,
    PAUSING,
    PAUSED
  }

  private final List<LaneGate> lanes;
  private @Nullable CompletableFuture<Void> pause;

  public Gate(List<? extends EventExecutor> loops) {
    List<LaneGate> made = new ArrayList<>();
    loops.forEach(loop -> made.add(new LaneGate(loop)));
    lanes = List.copyOf(made);
  }

  /** The part of one event loop; index as in the list of the constructor. */
  public LaneGate lane(int index) {
    return lanes.get(index);
  }

  /**
   * Closes the gate. Completes, on an event loop, when every session stands at a boundary; is
   * cancelled by {@link #resume}. Closing a closed gate gives the same future.
   */
  public synchronized CompletableFuture<Void> pause() {
    if (pause != null) {
      return pause;
    }
    CompletableFuture<Void> paused = new CompletableFuture<>();
    pause = paused;
    AtomicInteger left = new AtomicInteger(lanes.size());
    for (LaneGate lane : lanes) {
      lane.loop().execute(() -> lane.close(() -> lane.loop().execute(() -> drained(left, paused))));
    }
    return paused;
  }

  /** Opens the gate and cancels a pause that has not completed. */
  public synchronized void resume() {
    CompletableFuture<Void> ended = pause;
    if (ended == null) {
      return;
    }
    pause = null;
    lanes.forEach(lane -> lane.loop().execute(lane::open));
    ended.cancel(false);
  }

  public synchronized State state() {
    if (pause == null) {
      return State.OPEN;
    }
    return pause.isDone() ? State.PAUSED : State.PAUSING;
  }

  /** Sessions that are not at a boundary now. */
  public int running() {
    return lanes.stream().mapToInt(LaneGate::running).sum();
  }

  private static void drained(AtomicInteger left, CompletableFuture<Void> paused) {
    if (left.decrementAndGet() == 0) {
      paused.complete(null);
    }
  }
}
