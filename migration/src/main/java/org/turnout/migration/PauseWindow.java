package org.turnout.migration;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The one deadline over everything between the gate's closing and the decision. Exactly one of
 * three ends it: the decision begins, the procedure gives up, or the time is over; who ends it
 * opens the gate. So a blocked step can neither hold sessions longer than the deadline nor decide
 * after it, and a window that is left by a bug is over as if its time were.
 */
final class PauseWindow implements AutoCloseable {
  /** How the window ended. */
  private enum State {
    OPEN,
    DECIDING,
    GIVEN_UP,
    EXPIRED
  }

  private final ControlTimer timer;
  private final long end;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private final Runnable whenOver;
  private final ControlTimer.Handle deadline;

  /**
   * Opens the window.
   *
   * @param whenOver opens the gate and aborts; runs on a thread of the timer, or of who closes the
   *     window though nothing has ended it
   */
  PauseWindow(ControlTimer timer, Duration length, Runnable whenOver) {
    this.timer = timer;
    this.end = timer.nanos() + length.toNanos();
    this.whenOver = whenOver;
    this.deadline = timer.after(length, this::expire);
  }

  private void expire() {
    if (state.compareAndSet(State.OPEN, State.EXPIRED)) {
      try {
        whenOver.run();
      } finally {
        over.complete(null);
      }
    }
  }

  /** The time left, at least a millisecond. */
  Duration remaining() throws StepFailed {
    requireOpen();
    return Duration.ofNanos(Math.max(end - timer.nanos(), 1_000_000));
  }

  void requireOpen() throws StepFailed {
    if (state.get() != State.OPEN) {
      throw StepFailed.expired();
    }
  }

  /** Waits for a result or the deadline. */
  <T> T await(CompletableFuture<T> future) throws StepFailed, InterruptedException {
    try {
      CompletableFuture.anyOf(future, over).get();
      if (!future.isDone() || state.get() == State.EXPIRED) {
        throw StepFailed.expired();
      }
      return future.get();
    } catch (ExecutionException failure) {
      requireOpen();
      throw StepFailed.of(failure.getCause() == null ? failure : failure.getCause());
    }
  }

  /**
   * From here on the time no longer ends it; what is left of it is the limit of the decision.
   *
   * @param needed what a decision takes in a healthy database; with less left none begins
   */
  Duration decide(Duration needed) throws StepFailed {
    Duration left = remaining();
    if (left.compareTo(needed) < 0 || !state.compareAndSet(State.OPEN, State.DECIDING)) {
      throw StepFailed.expired();
    }
    deadline.close();
    return left;
  }

  /**
   * Ends the window before the decision. Returns false when the time was over first; then
   * everything is undone when this returns.
   */
  boolean giveUp() {
    if (state.compareAndSet(State.OPEN, State.GIVEN_UP)) {
      deadline.close();
      return true;
    }
    if (state.get() == State.EXPIRED) {
      over.join();
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    deadline.close();
    expire();
  }
}
