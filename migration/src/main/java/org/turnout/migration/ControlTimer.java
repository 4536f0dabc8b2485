package org.turnout.migration;

import java.time.Duration;

/**
 * The clock and the timer of the control plane, apart so that a test can move them. Tasks run on
 * threads of their own that may block; no task delays another. Any thread.
 */
public interface ControlTimer extends AutoCloseable {
  /** Nanoseconds of a clock that never goes back, comparable with {@link System#nanoTime()}. */
  long nanos();

  /** Runs the task once, after the delay, unless the handle is closed before. */
  Handle after(Duration delay, Runnable task);

  /** Runs the task again and again; a run that is due while the last one goes on is left out. */
  Handle every(Duration period, Runnable task);

  /** Runs the task now, in the background. The handle interrupts it. */
  Handle background(String name, Runnable task);

  /**
   * Waits before something is tried again.
   *
   * @throws InterruptedException when the thread was interrupted or the timer closed
   */
  void pauseFor(Duration duration) throws InterruptedException;

  /** Ends everything that was scheduled. */
  @Override
  void close();

  /** Something that was scheduled. */
  interface Handle extends AutoCloseable {
    /** Ends it. */
    @Override
    void close();
  }

  /** The clock and threads of the system. */
  static ControlTimer system() {
    return new SystemTimer();
  }
}
