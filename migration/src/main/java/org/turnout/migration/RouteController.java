package org.turnout.migration;

import static org.turnout.migration.RouteParts.refused;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
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
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int TICKS_BETWEEN_INSPECTIONS = 10;
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final RouteParts parts;
  private final SyncCommands sync;
  private final SwitchCommands switches;
  private int ticks;

  /**
   * Makes the route; nothing happens before {@link #open}. The route owns engine, traffic and timer
   * from here on and closes them.
   *
   * @param stateDirectory where the local state file is kept; made when it is missing
   * @param timer {@link ControlTimer#system}, one for each route
   */
  public RouteController(
      RouteConfig config,
      SyncEngine engine,
      Traffic traffic,
      Path stateDirectory,
      ControlTimer timer) {
    this.parts = new RouteParts(config, engine, traffic, stateDirectory, timer);
    this.sync = new SyncCommands(parts);
    this.switches = new SwitchCommands(parts);
  }

  /** What {@link #open} came to. */
  public sealed interface Opened {
    /** Clients are served by this standing. */
    record Serving(Standing standing) implements Opened {}

    /** Clients cannot be served for this reason; nothing listens. */
    record Refusing(String reason) implements Opened {}
  }

  /**
   * Finds out which side is primary and, if that lets Turnout in, opens the route to clients; takes
   * up the sync that was wanted in the background. When clients cannot be served, nothing listens.
   *
   * @throws IOException when the address is taken or the state file cannot be understood
   */
  public Opened open() throws IOException {
    Opened opened = new Opening(parts).open();
    parts.timer.every(TICK, this::tick);
    parts.timer.every(SyncKeeper.LOOK, parts.keeper::look);
    return opened;
  }

  /**
   * After {@link #open} said that clients cannot be served: listens and refuses each of them with
   * the reason, until they can be.
   *
   * @throws IOException when the address is taken
   */
  public void refuseUntilServed() throws IOException {
    new Opening(parts).refuseUntilServed();
  }

  /** Once a second: is the copy done, is the way back open, what do the databases say. */
  private void tick() {
    parts.proof.probe(parts.memory.now());
    if (parts.engine.status().state() == SyncStatus.State.FOLLOWING) {
      noteCaughtUp();
      if (parts.switching == null && ticks++ % TICKS_BETWEEN_INSPECTIONS == 0) {
        parts.inspected = parts.inspect();
      }
    }
    parts.listeners.changed();
  }

  private void noteCaughtUp() {
    // A command that runs may be about to change this; the next tick comes soon.
    if (parts.commands.tryLock()) {
      try {
        parts.noteCaughtUp();
      } finally {
        parts.commands.unlock();
      }
    }
  }

  @Override
  public RouteName name() {
    return parts.config.name();
  }

  @Override
  public RouteState state() {
    return parts.state();
  }

  @Override
  public List<Traffic.SessionView> sessions() {
    return parts.traffic.sessions();
  }

  @Override
  public Traffic.Figures figures() {
    return parts.traffic.figures();
  }

  @Override
  public AutoCloseable onChange(Consumer<RouteState> listener) {
    return parts.listeners.add(listener);
  }

  @Override
  public RouteState reads(double greenPercent) throws RefusedException {
    return command(() -> sync.reads(greenPercent));
  }

  @Override
  public RouteState mirror(String mode) throws RefusedException {
    return command(() -> sync.mirror(mode));
  }

  @Override
  public RouteState pause(Duration deadline) throws RefusedException {
    requirePause(deadline);
    HandPause.Hold hold = parts.inTurn(() -> parts.handPause.begin(deadline));
    try {
      parts.handPause.awaitPaused(hold);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      parts.handPause.end();
      throw refused("interrupted", "the pause was given up", "try again");
    }
    return state();
  }

  @Override
  public RouteState resume() {
    parts.handPause.end();
    return state();
  }

  @Override
  public RouteState startSync() throws RefusedException {
    return command(sync::start);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Afterwards blue is primary at epoch 0 again: nothing remains of earlier changes of primary.
   */
  @Override
  public RouteState stopSync() throws RefusedException {
    return command(sync::stop);
  }

  @Override
  public RouteState verify() throws RefusedException {
    return command(sync::verify);
  }

  @Override
  public SwitchReport cutover(Duration maxPause) throws RefusedException {
    requirePause(maxPause);
    return parts.inTurn(() -> switches.change(Side.GREEN, maxPause));
  }

  @Override
  public SwitchReport rollback(Duration maxPause) throws RefusedException {
    requirePause(maxPause);
    return parts.inTurn(() -> switches.change(Side.BLUE, maxPause));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The decision records go with everything else, so from the first moment of the removal the
   * local state file is the only authority on which side is primary: the route keeps serving by it
   * across restarts. Whoever loses that file afterwards must not start this route again as it was
   * declared: it would serve blue. Declare the new primary as blue, or point the applications at it
   * directly, before the file may go.
   */
  @Override
  public RouteState finish() throws RefusedException {
    return command(sync::finish);
  }

  /** A command that may be refused. */
  @FunctionalInterface
  private interface Command {
    void run() throws RefusedException;
  }

  private RouteState command(Command command) throws RefusedException {
    return parts.inTurn(
        () -> {
          command.run();
          return state();
        });
  }

  private static void requirePause(Duration length) throws RefusedException {
    if (length.isNegative() || length.isZero() || length.compareTo(LONGEST_PAUSE) > 0) {
      throw refused(
          "invalid-pause",
          "a pause lasts more than nothing and up to five minutes",
          "say how long");
    }
  }

  /** Ends a change of primary that has not decided, then traffic and sync. */
  @Override
  public void close() {
    parts.closed = true;
    parts.keeper.close();
    Thread switcher = parts.switching;
    if (switcher != null) {
      switcher.interrupt();
    }
    parts.verification.forget();
    parts.commands.lock();
    try {
      parts.handPause.end();
      parts.traffic.close().join();
      parts.engine.close();
    } finally {
      parts.commands.unlock();
      parts.timer.close();
    }
  }
}
