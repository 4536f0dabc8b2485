package org.turnout.migration;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.RouteState.VerificationState;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;

/**
 * The comparison of both sides that runs in the background, and the result of the last one. It
 * holds for this process only: which rows changed since is forgotten with it. Any thread.
 */
final class VerificationRun {
  private static final Logger log = LoggerFactory.getLogger(VerificationRun.class);

  private final SyncEngine engine;
  private final ControlTimer timer;
  private final Runnable changed;
  private volatile Optional<VerificationState> state = Optional.empty();
  private ControlTimer.@Nullable Handle running;
  private long generation;

  VerificationRun(SyncEngine engine, ControlTimer timer, Runnable changed) {
    this.engine = engine;
    this.timer = timer;
    this.changed = changed;
  }

  Optional<VerificationState> state() {
    return state;
  }

  boolean running() {
    return state.map(VerificationState::running).orElse(false);
  }

  /** The last comparison that came to its end, unless one runs now. */
  Optional<Verification> result() {
    return state.flatMap(VerificationState::result);
  }

  /** Starts a comparison unless one runs. */
  void start() {
    synchronized (this) {
      if (running()) {
        return;
      }
      long run = ++generation;
      state = Optional.of(new VerificationState(true, 0, 0, 0, Optional.empty(), Optional.empty()));
      running = timer.background("turnout-verify", () -> compare(run));
    }
    changed.run();
  }

  private void compare(long run) {
    try {
      Verification result =
          engine.verify(
              (rows, total, differences) ->
                  set(
                      run,
                      new VerificationState(
                          true, rows, total, differences, Optional.empty(), Optional.empty())));
      ended(run, Optional.of(result), Optional.empty());
    } catch (SyncException failure) {
      log.warn("the comparison of both sides could not be completed: {}", failure.getMessage());
      ended(run, Optional.empty(), Optional.of(Findings.sentence(failure)));
    } catch (InterruptedException stopped) {
      ended(run, Optional.empty(), Optional.of("it was stopped"));
    } catch (RuntimeException bug) {
      ended(run, Optional.empty(), Optional.of("it failed: " + Findings.sentence(bug)));
      throw bug;
    }
  }

  private void ended(long run, Optional<Verification> result, Optional<String> error) {
    VerificationState last = state.orElseThrow();
    set(
        run,
        new VerificationState(
            false,
            result.map(Verification::rowsCompared).orElse(last.rowsCompared()),
            last.rowsTotal(),
            result.map(Verification::differenceCount).orElse(last.differences()),
            result,
            error));
    changed.run();
  }

  private synchronized void set(long run, VerificationState next) {
    if (run == generation) {
      state = Optional.of(next);
    }
  }

  /** Ends a running comparison and forgets the result: both sides are no longer what they were. */
  void forget() {
    synchronized (this) {
      generation++;
      if (running != null) {
        running.close();
        running = null;
      }
      state = Optional.empty();
    }
    changed.run();
  }
}
