package org.turnout.migration;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

/**
 * One route as the operator drives it: takes the commands in turn, remembers across restarts what
 * was wanted, and brings sync and traffic together. What it does to data it does through {@link
 * SyncEngine}, what it does to clients through {@link Traffic}.
 *
 * <p>The rule it keeps: clients are served only while it is known which side is primary. Commands
 * block in their caller's thread; {@link #state} never waits for a database or a command.
 */
public final class RouteController implements Route, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RouteController.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int TICKS_BETWEEN_INSPECTIONS = 10;
  private static final Duration SETTLE_AGAIN = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final RouteConfig config;
  private final SyncEngine engine;
  private final Traffic traffic;
  private final ControlTimer timer;
  private final MemoryKeeper memory;
  private final ReentrantLock commands = new ReentrantLock();
  private final ChangeListeners listeners;
  private final VerificationRun verification;
  private final RollbackProof proof;
  private final Gate gate;
  private final HandPause handPause;
  private final SyncKeeper keeper;
  private volatile Optional<String> refusing = Optional.of("the route is not open yet");
  private volatile Optional<SwitchReport> lastSwitch = Optional.empty();
  private volatile List<Finding> inspected = List.of();
  private volatile @Nullable Thread switching;
  private volatile boolean closed;
  private int ticks;

  /**
   * Makes the route; nothing happens before {@link #open}. The route owns engine and traffic from
   * here on.
   *
   * @param stateDirectory where the local state file is kept; made when it is missing
   */
  public RouteController(
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

  /** What {@link #open} came to. */
  public sealed interface Opened {
    /** Clients are served by this standing. */
    record Serving(Standing standing) implements Opened {}

    /** Clients are refused for this reason; it is tried again in the background. */
    record Refusing(String reason) implements Opened {}
  }

  /**
   * Finds out which side is primary and opens the route to clients; takes up the sync that was
   * wanted in the background. When the primary cannot be known, clients are refused with the reason
   * until it is.
   *
   * @throws IOException when the address is taken or the state file cannot be understood
   */
  public Opened open() throws IOException {
    commands.lock();
    try {
      memory.load();
      Opened opened = settleAndServe();
      if (opened instanceof Opened.Refusing(String reason)) {
        log.error("route {}: the primary cannot be known: {}", name(), reason);
        join(traffic.refuse(reason));
        timer.background("turnout-settle", this::settleUntilKnown);
      }
      timer.every(TICK, this::tick);
      return opened;
    } finally {
      commands.unlock();
      listeners.changed();
    }
  }

  private Opened settleAndServe() throws IOException {
    RouteMemory last = memory.now();
    try {
      if (!last.finished() && !last.removing()) {
        Standing settled = engine.settle(last.standing());
        memory
            .follow(known -> known.standing(settled))
            .ifPresent(failure -> log.warn("state file: {}", failure.getMessage()));
      }
    } catch (SyncException unknown) {
      refusing = Optional.of(Findings.sentence(unknown));
      return new Opened.Refusing(Findings.sentence(unknown));
    }
    Standing standing = memory.now().standing();
    applyReads();
    join(traffic.open(standing));
    refusing = Optional.empty();
    log.info(
        "route {}: {} is primary at epoch {}", name(), standing.primary().word(), standing.epoch());
    keeper.wake();
    return new Opened.Serving(standing);
  }

  private void settleUntilKnown() {
    boolean serving = false;
    while (!serving && !closed) {
      try {
        timer.sleep(SETTLE_AGAIN);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
      commands.lock();
      try {
        serving = closed || settleAndServe() instanceof Opened.Serving;
      } catch (IOException failure) {
        log.error("route {} cannot be opened: {}", name(), failure.getMessage());
      } finally {
        commands.unlock();
      }
    }
    listeners.changed();
  }

  private static void join(java.util.concurrent.CompletableFuture<Void> done) throws IOException {
    try {
      done.join();
    } catch (CompletionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw cause instanceof IOException io ? io : new IOException(Findings.sentence(cause), cause);
    }
  }

  private void applyReads() {
    RouteMemory now = memory.now();
    traffic.readWeight(now.greenReads());
    engine.keepFresh(now.syncWanted() && now.secondaryReads() > 0);
  }

  private void tick() {
    proof.probe(memory.now());
    SyncStatus status = engine.status();
    if (status.state() == SyncStatus.State.FOLLOWING && commands.tryLock()) {
      try {
        if (memory.now().syncWanted() && !memory.now().caughtUp()) {
          memory.change(RouteMemory::havingCaughtUp);
        }
      } catch (IOException failure) {
        log.warn("state file: {}", failure.getMessage());
      } finally {
        commands.unlock();
      }
    }
    if (status.state() == SyncStatus.State.FOLLOWING
        && switching == null
        && ticks++ % TICKS_BETWEEN_INSPECTIONS == 0) {
      inspected = inspect();
    }
    listeners.changed();
  }

  private List<Finding> inspect() {
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

  @Override
  public RouteName name() {
    return config.name();
  }

  @Override
  public RouteState state() {
    RouteMemory now = memory.now();
    Traffic.Figures figures = traffic.figures();
    SyncStatus sync = engine.status();
    Phase phase = switching != null ? Phase.CUTTING_OVER : now.phase();
    return new RouteState(
        config.name().value(),
        config.protocol().name().toLowerCase(Locale.ROOT),
        config.listen().toString(),
        phase.word(),
        now.standing().primary().word(),
        now.standing().epoch().number(),
        gate.word(),
        new RouteState.Reads(now.greenReads()),
        now.syncWanted() && now.mirrored() ? "log" : "off",
        figures.sessions(),
        figures.inFlight(),
        sync,
        verification.state(),
        proof.state(now),
        lastSwitch,
        blockers(now, sync, inspected));
  }

  private List<Finding> blockers(RouteMemory now, SyncStatus sync, List<Finding> databases) {
    List<Finding> found = new ArrayList<>();
    refusing.ifPresent(reason -> found.add(primaryUnknown(reason)));
    found.addAll(Blockers.of(now, sync, verification));
    if (now.syncWanted()) {
      keeper.failure().ifPresent(found::add);
      found.addAll(databases);
    }
    return List.copyOf(found);
  }

  private static Finding primaryUnknown(String reason) {
    return Findings.blocker(
        "primary-unknown",
        "route",
        "clients are refused, it cannot be known which side is primary: " + reason,
        "make both sides reachable; it goes on by itself");
  }

  @Override
  public List<Traffic.SessionView> sessions() {
    return traffic.sessions();
  }

  @Override
  public Traffic.Figures figures() {
    return traffic.figures();
  }

  @Override
  public AutoCloseable onChange(Consumer<RouteState> listener) {
    return listeners.add(listener);
  }

  @Override
  public RouteState reads(double greenPercent) throws RefusedException {
    if (!(greenPercent >= 0 && greenPercent <= 100)) {
      throw refused("invalid-weight", "the read weight is 0 to 100 percent", "give such a number");
    }
    return command(
        () -> {
          RouteMemory now = memory.now();
          if (now.finished()) {
            throw refused(
                "finished", "a finished route reads from its primary", "nothing is to be done");
          }
          if (now.phase() == Phase.DIRECT || now.phase() == Phase.COPYING) {
            if (greenPercent > 0) {
              throw refused(
                  "sync-not-following",
                  "green does not have the rows yet",
                  "start the sync and wait until it follows");
            }
          }
          change(memory -> memory.reading(greenPercent));
          applyReads();
        });
  }

  @Override
  public RouteState mirror(String mode) throws RefusedException {
    return command(
        () -> {
          switch (mode) {
            case "log" -> mirrorLog();
            case "off" -> mirrorOff();
            default ->
                throw refused(
                    "unknown-mirror",
                    "the mirror is off or log, not " + mode,
                    "choose one of them");
          }
        });
  }

  private void mirrorLog() throws RefusedException {
    if (!memory.now().syncWanted()) {
      throw refused("sync-off", "no sync runs", "start it: turnout sync");
    }
    change(now -> now.mirroring(true));
    startEngine();
  }

  private void mirrorOff() throws RefusedException {
    RouteMemory now = memory.now();
    if (now.secondaryReads() > 0 && now.syncWanted()) {
      throw refused(
          "reads-on-secondary",
          "reads go to the secondary, which would grow old",
          "take the reads back to the primary first: turnout reads");
    }
    change(memory -> memory.mirroring(false));
    engine.halt();
    proof.forget();
  }

  @Override
  public RouteState pause(Duration deadline) throws RefusedException {
    if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(LONGEST_PAUSE) > 0) {
      throw refused("invalid-deadline", "a pause lasts up to five minutes", "give such a deadline");
    }
    command(() -> handPause.begin(deadline));
    try {
      handPause.awaitPaused();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      handPause.end();
      throw refused("interrupted", "the pause was given up", "try again");
    }
    return state();
  }

  @Override
  public RouteState resume() {
    handPause.end();
    return state();
  }

  @Override
  public RouteState startSync() throws RefusedException {
    return command(
        () -> {
          RouteMemory before = memory.now();
          if (before.finished() || before.removing()) {
            throw refused(
                "finished", "what Turnout made was removed", "complete it: turnout finish or stop");
          }
          change(RouteMemory::wantingSync);
          try {
            startEngine();
          } catch (RefusedException refusal) {
            if (!before.syncWanted()) {
              change(RouteMemory::withoutSync);
            }
            throw refusal;
          }
        });
  }

  private void startEngine() throws RefusedException {
    try {
      engine.start(memory.now().standing());
      keeper.forgetFailure();
      applyReads();
    } catch (SyncException failure) {
      throw refused(failure);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Afterwards nothing remains of earlier changes of primary: blue is primary at epoch 0 again.
   */
  @Override
  public RouteState stopSync() throws RefusedException {
    return command(
        () -> {
          RouteMemory now = memory.now();
          if (now.standing().primary() == Side.GREEN) {
            throw refused(
                "green-is-primary",
                "green is primary, its rows are the only current ones",
                "roll back first, or finish the migration");
          }
          if (now.equals(RouteMemory.DIRECT)) {
            return;
          }
          traffic.readWeight(0);
          remove(false);
          change(RouteMemory::removed);
        });
  }

  private void remove(boolean keepGreenRows) throws RefusedException {
    change(RouteMemory::beginningRemoval);
    verification.forget();
    proof.forget();
    keeper.forgetFailure();
    inspected = List.of();
    engine.keepFresh(false);
    try {
      engine.remove(keepGreenRows);
    } catch (SyncException failure) {
      throw refused(failure);
    }
  }

  @Override
  public RouteState verify() throws RefusedException {
    return command(
        () -> {
          RouteMemory now = memory.now();
          if (!now.syncWanted() || engine.status().state() != SyncStatus.State.FOLLOWING) {
            throw refused(
                "sync-not-following",
                "both sides can be compared only while the sync follows",
                "start the sync and wait until it follows");
          }
          verification.start();
        });
  }

  @Override
  public SwitchReport cutover(Duration maxPause) throws RefusedException {
    return change(Side.GREEN, maxPause);
  }

  @Override
  public SwitchReport rollback(Duration maxPause) throws RefusedException {
    return change(Side.BLUE, maxPause);
  }

  private SwitchReport change(Side target, Duration maxPause) throws RefusedException {
    if (maxPause.isNegative() || maxPause.isZero() || maxPause.compareTo(LONGEST_PAUSE) > 0) {
      throw refused("invalid-pause", "a pause lasts up to five minutes", "give such a maxPause");
    }
    commands.lock();
    try {
      requireServing();
      RouteMemory now = memory.now();
      if (now.standing().primary() == target) {
        return alreadyPrimary(now.standing());
      }
      List<Finding> blockers = blockers(now, engine.status(), inspect());
      if (handPause.holds()) {
        throw refused("gate-held", "the gate is held by hand", "open it: turnout resume");
      }
      if (Findings.blocks(blockers)) {
        throw new RefusedException(target.word() + " cannot become primary now", blockers);
      }
      return switchOver(now.standing(), maxPause);
    } finally {
      switching = null;
      commands.unlock();
      listeners.changed();
    }
  }

  private SwitchReport switchOver(Standing before, Duration maxPause) throws RefusedException {
    switching = Thread.currentThread();
    listeners.changed();
    SwitchReport report =
        new Cutover(
                engine,
                traffic,
                gate,
                timer,
                before,
                maxPause,
                standing -> memory.follow(now -> now.standing(standing)),
                this::report)
            .run();
    report(report);
    if (report.outcome().equals("switched")) {
      proof.forget();
      applyReads();
    }
    keeper.wake();
    return report;
  }

  private void report(SwitchReport report) {
    lastSwitch = Optional.of(report);
    listeners.changed();
  }

  private static SwitchReport alreadyPrimary(Standing standing) {
    return new SwitchReport(
        Cutover.direction(standing.primary().other()),
        "switched",
        standing.epoch().number(),
        0,
        List.of(),
        List.of(
            Findings.warning(
                "already-primary",
                standing.primary().word(),
                standing.primary().word() + " is primary already",
                "nothing is to be done")));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The decision records go with everything else, so from the first moment of the removal the
   * local state file is the only authority on which side is primary. Whoever loses that file
   * afterwards must not start this route again with both sides declared: it would serve blue. The
   * applications are to be pointed at the new primary, or the route declared anew with it as blue,
   * before the file may go.
   */
  @Override
  public RouteState finish() throws RefusedException {
    return command(
        () -> {
          RouteMemory now = memory.now();
          if (now.finished()) {
            return;
          }
          if (now.standing().primary() == Side.BLUE && now.syncWanted()) {
            throw refused(
                "not-switched",
                "blue is primary and the sync runs",
                "cut over first, or stop the sync to give the migration up");
          }
          remove(true);
          change(RouteMemory::finishing);
          applyReads();
        });
  }

  /** A command that may be refused. */
  @FunctionalInterface
  private interface Command {
    void run() throws RefusedException;
  }

  private RouteState command(Command command) throws RefusedException {
    commands.lock();
    try {
      requireServing();
      command.run();
    } finally {
      commands.unlock();
      listeners.changed();
    }
    return state();
  }

  private void requireServing() throws RefusedException {
    Optional<String> reason = refusing;
    if (reason.isPresent()) {
      Finding finding = primaryUnknown(reason.get());
      throw new RefusedException(finding.message(), List.of(finding));
    }
  }

  private void change(UnaryOperator<RouteMemory> change) throws RefusedException {
    try {
      memory.change(change);
    } catch (IOException failure) {
      throw refused("state-file", Findings.sentence(failure), "make the state directory writable");
    }
  }

  private static RefusedException refused(String code, String message, String advice) {
    return new RefusedException(message, List.of(Findings.blocker(code, "route", message, advice)));
  }

  private static RefusedException refused(SyncException failure) {
    return new RefusedException(Findings.sentence(failure), failure.findings());
  }

  /** Ends a change of primary that has not decided, then traffic and sync. */
  @Override
  public void close() {
    closed = true;
    keeper.close();
    Thread switcher = switching;
    if (switcher != null) {
      switcher.interrupt();
    }
    verification.forget();
    commands.lock();
    try {
      handPause.end();
      traffic.close().join();
      engine.close();
    } finally {
      commands.unlock();
      timer.close();
    }
  }
}
