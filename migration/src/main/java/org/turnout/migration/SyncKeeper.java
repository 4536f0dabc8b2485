package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;

/**
 * Brings the sync that the operator wants to run, and tidies up what a failed change of primary
 * left, as often as it takes: a side may be down for hours. Works in the background, in turn with
 * the commands.
 */
final class SyncKeeper {
  private static final Logger log = LoggerFactory.getLogger(SyncKeeper.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(2);

  private final SyncEngine engine;
  private final MemoryKeeper memory;
  private final ReentrantLock commands;
  private final ControlTimer timer;
  private final Runnable changed;
  private boolean working;
  private boolean again;
  private volatile Optional<Finding> failure = Optional.empty();
  private volatile boolean closed;

  SyncKeeper(
      SyncEngine engine,
      MemoryKeeper memory,
      ReentrantLock commands,
      ControlTimer timer,
      Runnable changed) {
    this.engine = engine;
    this.memory = memory;
    this.commands = commands;
    this.timer = timer;
    this.changed = changed;
  }

  /** Why the sync does not run although it is wanted. */
  Optional<Finding> failure() {
    return failure;
  }

  /** The operator has started or stopped it: an old failure says nothing any more. */
  void forgetFailure() {
    failure = Optional.empty();
  }

  /** Looks after the databases soon; returns at once. */
  synchronized void wake() {
    again = true;
    if (!working && !closed) {
      working = true;
      timer.background("turnout-sync-keeper", this::work);
    }
  }

  private void work() {
    while (takeTurn()) {
      commands.lock();
      boolean done;
      try {
        done = closed || tend();
      } finally {
        commands.unlock();
      }
      changed.run();
      if (!done) {
        try {
          timer.pauseFor(TRY_AGAIN);
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          closed = true;
        }
        wake();
      }
    }
  }

  private synchronized boolean takeTurn() {
    boolean due = again && !closed;
    again = false;
    working = due;
    return due;
  }

  /** Settles and starts; false when it is to be tried again. */
  private boolean tend() {
    RouteMemory now = memory.now();
    if (now.finished() || now.removing()) {
      return true;
    }
    try {
      Standing settled = engine.settle(now.standing());
      if (!settled.equals(now.standing())) {
        throw new SyncException(
            "the records of the databases say "
                + settled
                + ", this Turnout serves "
                + now.standing()
                + ": another Turnout changed the primary; restart this one");
      }
      if (now.syncWanted() && now.mirrored()) {
        engine.start(now.standing());
      }
      failure = Optional.empty();
      return true;
    } catch (SyncException standsStill) {
      note(standsStill, standsStill.findings());
      return false;
    } catch (RuntimeException bug) {
      log.error("a bug kept the databases from being looked after", bug);
      note(bug, List.of());
      return false;
    }
  }

  private void note(Exception cause, List<Finding> findings) {
    String sentence = Findings.sentence(cause);
    if (failure.filter(last -> last.message().equals(sentence)).isEmpty()) {
      log.warn("the sync cannot run now and is tried again: {}", sentence);
    }
    String advice =
        findings.isEmpty() ? "it is tried again by itself" : findings.getFirst().advice();
    failure = Optional.of(Findings.blocker("sync-waiting", "sync", sentence, advice));
  }

  void close() {
    closed = true;
  }
}
