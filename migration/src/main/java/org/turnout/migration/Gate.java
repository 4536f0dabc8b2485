package org.turnout.migration;

import java.util.concurrent.CompletableFuture;

/**
 * The gate of a route with its word: {@code open}, {@code pausing} or {@code paused}. Any thread.
 */
final class Gate {
  private final Traffic traffic;
  private final Runnable changed;
  private volatile String word = "open";
  private long closings;

  Gate(Traffic traffic, Runnable changed) {
    this.traffic = traffic;
    this.changed = changed;
  }

  String word() {
    return word;
  }

  /** Begins to hold sessions; completes when all are held. */
  CompletableFuture<Void> pause() {
    long closing;
    CompletableFuture<Void> drained;
    synchronized (this) {
      closing = ++closings;
      word = "pausing";
      drained = traffic.pause();
    }
    changed.run();
    return drained.thenRun(() -> paused(closing));
  }

  private void paused(long closing) {
    synchronized (this) {
      if (closing != closings) {
        return;
      }
      word = "paused";
    }
    changed.run();
  }

  /** Lets all sessions go on. */
  void resume() {
    synchronized (this) {
      closings++;
      word = "open";
      traffic.resume();
    }
    changed.run();
  }
}
