package org.turnout.migration;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteConfig;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

/**
 * What the commands of one route work on, and how they take turns. Fields that change are volatile
 * and changed only by the holder of {@link #commands}; any thread may read.
 */
final class RouteParts {
  private static final Logger log = LoggerFactory.getLogger(RouteParts.class);

  final RouteConfig config;
  final SyncEngine engine;
  final Traffic traffic;
  final ControlTimer timer;
  final MemoryKeeper memory;
  final ReentrantLock commands = new ReentrantLock();
  final ChangeListeners listeners;
  final VerificationRun verification;
  final RollbackProof proof;
  final Gate gate;
  final HandPause handPause;
  final SyncKeeper keeper;

  /** Why clients are refused; empty while they are served. */
  volatile Optional<String> refusing = Optional.of("the route is not open yet");

  volatile Optional<SwitchReport> lastSwitch = Optional.empty();

  /** What the databases had to say when they were last inspected. */
  volatile List<Finding> inspected = List.of();

  /** The thread that changes the primary now. */
  volatile @Nullable Thread switching;

  volatile boolean closed;

  RouteParts(
      RouteConfig config,
      SyncEngine engine,
      Traffic traffic,
      Path stateDirectory,
      ControlTimer timer) {
    this.config = config;
    this.engine = engine;
    this.traffic = traffic;
    this.timer = timer;
    this.memory = new MemoryKeeper(new StateFile(stateDirectory, config.name()));
    this.listeners = new ChangeListeners(timer, this::state);
    this.verification = new VerificationRun(engine, timer, listeners::changed);
    this.proof = new RollbackProof(engine, timer);
    this.gate = new Gate(traffic, listeners::changed);
    this.handPause = new HandPause(gate, traffic, timer);
    this.keeper = new SyncKeeper(engine, memory, commands, timer, listeners::changed);
  }

  /** The state of now; waits for nobody. */
  RouteState state() {
    RouteMemory now = memory.now();
    Traffic.Figures figures = traffic.figures();
    SyncStatus sync = engine.status();
    Phase phase = switching != null ? Phase.CUTTING_OVER : now.phase();
    return new RouteState(
        config.name().value(),
        config.protocol().name().toLowerCase(Locale.ROOT),
        config.listeners().stream()
            .map(listener -> listener.address().toString())
            .collect(Collectors.joining(", ")),
        phase.word(),
        now.standing().primary().word(),
        now.standing().epoch().number(),
        gate.word(),
        new RouteState.Reads(now.servedByGreen()),
        now.syncWanted() && now.mirrored() ? "log" : "off",
        figures.sessions(),
        figures.inFlight(),
        sync,
        verification.state(),
        proof.state(now),
        lastSwitch,
        blockers(now, sync, inspected));
  }

  /** Why a change of primary may not start. */
  List<Finding> blockers(RouteMemory now, SyncStatus sync, List<Finding> databases) {
    List<Finding> found = new ArrayList<>();
    refusing.ifPresent(reason -> found.add(primaryUnknown(reason)));
    found.addAll(Blockers.of(now, sync, verification));
    if (now.syncWanted()) {
      found.addAll(keeper.findings());
      found.addAll(databases);
    }
    return List.copyOf(found);
  }

  List<Finding> inspect() {
    try {
      return engine.inspect();
    } catch (SyncException failure) {
      return List.of(
          Findings.blocker(
              "not-inspected",
              "databases",
              Findings.sentence(failure),
              "both sides must be reachable for a change of primary"));
    }
  }

  /**
   * Remembers that the copy is done when it is. Under the lock of the commands, and before each of
   * them, so that one that follows the end of the copy at once is not refused.
   */
  void noteCaughtUp() {
    RouteMemory now = memory.now();
    if (!now.syncWanted()
        || now.caughtUp()
        || engine.status().state() != SyncStatus.State.FOLLOWING) {
      return;
    }
    try {
      memory.change(RouteMemory::havingCaughtUp);
    } catch (IOException failure) {
      log.warn("state file: {}", Findings.sentence(failure));
    }
  }

  /** A command that may be refused. */
  @FunctionalInterface
  interface Command<T> {
    T run() throws RefusedException;
  }

  /** Runs a command in its turn, if the route serves clients. */
  <T> T inTurn(Command<T> command) throws RefusedException {
    commands.lock();
    try {
      requireServing();
      noteCaughtUp();
      return command.run();
    } finally {
      commands.unlock();
      listeners.changed();
    }
  }

  private void requireServing() throws RefusedException {
    Optional<String> reason = refusing;
    if (reason.isPresent()) {
      Finding finding = primaryUnknown(reason.get());
      throw new RefusedException(finding.message(), List.of(finding));
    }
  }

  private static Finding primaryUnknown(String reason) {
    return Findings.blocker(
        "primary-unknown",
        "route",
        "clients are refused, it cannot be known which side is primary: " + reason,
        "make both sides reachable; it goes on by itself");
  }

  void remember(UnaryOperator<RouteMemory> change) throws RefusedException {
    try {
      memory.change(change);
    } catch (IOException failure) {
      throw refused("state-file", Findings.sentence(failure), "make the state directory writable");
    }
  }

  /** Tells traffic and sync how reads are shared now. */
  void applyReads() {
    RouteMemory now = memory.now();
    traffic.readWeight(now.greenReads());
    engine.keepFresh(now.syncWanted() && now.secondaryReads() > 0);
  }

  static RefusedException refused(String code, String message, String advice) {
    return new RefusedException(message, List.of(Findings.blocker(code, "route", message, advice)));
  }

  static RefusedException refused(SyncException failure) {
    return new RefusedException(Findings.sentence(failure), failure.findings());
  }
}
