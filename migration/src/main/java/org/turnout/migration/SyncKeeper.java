package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.Settled;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;

/**
 * Brings the sync that the operator wants to run, and tidies up what a failed change of primary
 * left, as often as it takes: a side may be down for hours. Looks again now and then, because a
 * side that was changed behind Turnout's back tells nobody. Works in the background, in turn with
 * the commands.
 */
final class SyncKeeper {
  /** How often to look although nothing happened. */
  static final Duration LOOK = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(SyncKeeper.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(2);
  private static final Duration TIDY_AGAIN = Duration.ofSeconds(10);

  private final SyncEngine engine;
  private final MemoryKeeper memory;
  private final ReentrantLock commands;
  private final ControlTimer timer;
  private final Runnable changed;
  private boolean working;
  private boolean again;

  /** Whether the sync may have to be started; one that failed is not started by mere looking. */
  private boolean toStart;

  private volatile Optional<Finding> failure = Optional.empty();
  private volatile List<Finding> left = List.of();
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

  /** Why the sync does not run although it is wanted, and what is not tidied on the databases. */
  List<Finding> findings() {
    List<Finding> found = new ArrayList<>(left);
    failure.ifPresent(found::addFirst);
    return found;
  }

  /** The operator has started or stopped it: an old failure says nothing any more. */
  void forgetFailure() {
    failure = Optional.empty();
    left = List.of();
  }

  /** Looks after the databases soon and starts the sync if it is wanted; returns at once. */
  synchronized void wake() {
    toStart = true;
    workSoon();
  }

  /** Looks after the databases soon where there may be something of Turnout; returns at once. */
  void look() {
    RouteMemory now = memory.now();
    if (now.syncWanted() || !now.standing().equals(Standing.INITIAL)) {
      workSoon();
    }
  }

  private synchronized void workSoon() {
    again = true;
    if (!working && !closed) {
      working = true;
      timer.background("turnout-sync-keeper", this::work);
    }
  }

  private void work() {
    while (takeTurn()) {
      Optional<Duration> pause;
      commands.lock();
      try {
        pause = closed ? Optional.empty() : tend();
      } finally {
        commands.unlock();
      }
      changed.run();
      if (pause.isPresent()) {
        try {
          timer.pauseFor(pause.get());
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          closed = true;
        }
        workSoon();
      }
    }
  }

  private synchronized boolean takeTurn() {
    boolean due = again && !closed;
    again = false;
    working = due;
    return due;
  }

  /** Settles and starts; says after how long it is to be tried again, if it is. */
  private Optional<Duration> tend() {
    RouteMemory now = memory.now();
    if (now.finished() || now.removing()) {
      left = List.of();
      return Optional.empty();
    }
    try {
      settle(now);
      if (takeStart() && now.syncWanted() && now.mirrored()) {
        start(now);
      }
      failure = Optional.empty();
      return left.isEmpty() ? Optional.empty() : Optional.of(TIDY_AGAIN);
    } catch (SyncException standsStill) {
      note(standsStill, standsStill.findings());
    } catch (RuntimeException bug) {
      log.error("a bug kept the databases from being looked after", bug);
      note(bug, List.of());
    }
    return Optional.of(TRY_AGAIN);
  }

  private void settle(RouteMemory now) throws SyncException {
    Settled settled = engine.settle(now.standing());
    if (!settled.standing().equals(now.standing())) {
      throw new SyncException(
          "the records of the databases say "
              + settled.standing()
              + ", this Turnout serves "
              + now.standing()
              + ": another Turnout changed the primary; restart this one");
    }
    for (Finding finding : settled.left()) {
      if (!left.contains(finding)) {
        log.warn("{}: {}", finding.subject(), finding.message());
      }
    }
    left = settled.left();
  }

  private synchronized boolean takeStart() {
    boolean due = toStart;
    toStart = false;
    return due;
  }

  private void start(RouteMemory now) throws SyncException {
    boolean started = false;
    try {
      engine.start(now.standing());
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          toStart = true;
        }
      }
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
