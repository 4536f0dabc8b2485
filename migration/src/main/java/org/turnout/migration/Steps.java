package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;

/**
 * Runs the steps of one change of primary, notes when each began and ended, and turns their
 * failures into {@link StepFailed}. The procedure's thread only.
 */
final class Steps {
  private static final Logger log = LoggerFactory.getLogger(Steps.class);

  private final ControlTimer timer;
  private final Standing before;
  private final Timeline timeline;
  private String current = "prepare";

  Steps(ControlTimer timer, Standing before) {
    this.timer = timer;
    this.before = before;
    this.timeline = new Timeline(timer);
  }

  /** A step as the databases and the data plane offer it. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws SyncException, StepFailed, InterruptedException;
  }

  /** A step without a result. */
  @FunctionalInterface
  interface Act {
    void run() throws SyncException, StepFailed, InterruptedException;
  }

  Timeline timeline() {
    return timeline;
  }

  /** The step that runs or ran last. */
  String current() {
    return current;
  }

  void enter(String name) {
    current = name;
  }

  void run(String name, Act act) throws StepFailed, InterruptedException {
    call(
        name,
        () -> {
          act.run();
          return name;
        });
  }

  /** Runs a step and notes its time, whatever becomes of it; a bug counts as a failure. */
  <T> T call(String name, Work<T> work) throws StepFailed, InterruptedException {
    enter(name);
    long start = timer.nanos();
    String note = "";
    try {
      return work.run();
    } catch (SyncException failure) {
      note = Findings.sentence(failure);
      throw StepFailed.of(failure);
    } catch (StepFailed failure) {
      note = Findings.sentence(failure);
      throw failure;
    } catch (RuntimeException bug) {
      log.error("step {} failed by a bug", name, bug);
      note = Findings.sentence(bug);
      throw StepFailed.of(bug);
    } finally {
      timeline.ended(name, start, note);
    }
  }

  /** Waits outside of the pause's deadline, but not for ever. */
  void await(CompletableFuture<Void> future, Duration limit)
      throws StepFailed, InterruptedException {
    CompletableFuture<Void> late = new CompletableFuture<>();
    ControlTimer.Handle patience = timer.after(limit, () -> late.complete(null));
    try {
      CompletableFuture.anyOf(future, late).get();
      if (!future.isDone()) {
        throw StepFailed.because("it was not done after " + limit.toSeconds() + " s", List.of());
      }
    } catch (ExecutionException failure) {
      throw StepFailed.of(failure.getCause() == null ? failure : failure.getCause());
    } finally {
      patience.close();
    }
  }

  SwitchReport report(String outcome, Standing standing, List<Finding> reasons) {
    return new SwitchReport(
        direction(before.primary()),
        outcome,
        standing.epoch().number(),
        timeline.pauseMicros(),
        timeline.steps(),
        reasons);
  }

  static String direction(Side from) {
    return from.word() + "-to-" + from.other().word();
  }
}
