package org.turnout.sync.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Freshness;
import org.turnout.sync.Settled;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;
import org.turnout.sync.VerificationProgress;
import org.turnout.sync.apply.Backoff;
import org.turnout.sync.capture.Leftovers;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.SchemaCopy;
import org.turnout.sync.copy.TableSnapshots;
import org.turnout.sync.side.Definitions;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresCatalogue;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.switchover.PostgresSwitchover;
import org.turnout.sync.switchover.Settlement;
import org.turnout.sync.switchover.StreamControl;

/**
 * The sync of one PostgreSQL route: assembles the rooms of the sync, and keeps the one {@link
 * RunningSync} of the epoch it was told. What changes things is called by one thread at a time;
 * status, freshness and markers are for any.
 */
public final class PostgresSyncEngine implements SyncEngine {
  private static final Logger log = LoggerFactory.getLogger(PostgresSyncEngine.class);

  private final RouteConfig route;
  private final DumpPrograms dumps;
  private final Backoff.Clock clock;
  private final PostgresSide blue;
  private final PostgresSide green;
  private final SlotGuards guards;
  private final SyncInspection inspection;
  private final Freshness freshness = new Freshness();
  private volatile Standing standing = Standing.INITIAL;
  private volatile @Nullable RunningSync running;
  private volatile boolean fresh;

  /**
   * Describes the engine; opens no connection.
   *
   * @param dumps where the program is looked for that writes the schema
   */
  PostgresSyncEngine(RouteConfig route, DumpPrograms dumps) {
    this(route, dumps, Backoff.Clock.SYSTEM);
  }

  PostgresSyncEngine(RouteConfig route, DumpPrograms dumps, Backoff.Clock clock) {
    this.route = route;
    this.dumps = dumps;
    this.clock = clock;
    this.blue = new PostgresSide(route.name(), Side.BLUE, route.blue());
    this.green = new PostgresSide(route.name(), Side.GREEN, route.green());
    this.inspection = new SyncInspection(route, dumps, blue, green);
    this.guards = SlotGuards.of(blue, green, route.sync().maxRetainedBytes(), this::slotGivenUp);
  }

  private void slotGivenUp(PostgresSide side, StreamName slot, String reason) {
    RunningSync now = running;
    if (now != null
        && now.primary().side() == side.side()
        && now.standing().epoch().equals(slot.epoch())) {
      now.fail(reason);
    }
  }

  private PostgresSide side(Side side) {
    return side == Side.BLUE ? blue : green;
  }

  private static HelperSchema helperSchema() {
    List<String> tables = new ArrayList<>(ReplicaIdentity.TABLES);
    tables.addAll(SchemaCopy.TABLES);
    tables.add(TableSnapshots.TABLE);
    return new HelperSchema(tables);
  }

  @Override
  public Settled settle(Standing known) throws SyncException {
    // A slot that an earlier process left may have no stream to read it for long.
    guards.look();
    Settled settled = new Settlement(blue, green).settle(known);
    standing = settled.standing();
    inspection.settled(settled);
    return settled;
  }

  @Override
  public List<Finding> inspect() throws SyncException {
    return inspection.now(running);
  }

  @Override
  public void start(Standing standing) throws SyncException {
    RunningSync now = running;
    if (now != null && now.standing().equals(standing) && !now.hasFailed()) {
      return;
    }
    begin(standing, null);
  }

  private void begin(Standing standing, @Nullable Inherited before) throws SyncException {
    halt();
    this.standing = standing;
    guards.look();
    PostgresSide primary = side(standing.primary());
    PostgresSide secondary = side(standing.primary().other());
    inspection.requireNoBlockers(standing);
    helperSchema().create(primary);
    helperSchema().create(secondary);
    dropLeftovers(standing.epoch(), primary, secondary);
    RunningSync started =
        new RunningSync(
            standing, primary, secondary, route.sync(), dumps, clock, freshness, fresh, before);
    guards.begin(standing.primary());
    running = started;
    started.start();
  }

  /** Streams of other epochs read for nobody. */
  private static void dropLeftovers(Epoch epoch, PostgresSide primary, PostgresSide secondary)
      throws SyncException {
    Leftovers.drop(primary, Optional.of(epoch));
    Leftovers.drop(secondary, Optional.empty());
  }

  @Override
  public void halt() {
    RunningSync now = running;
    running = null;
    guards.halt();
    if (now == null) {
      return;
    }
    try {
      now.close();
    } catch (SyncException e) {
      log.warn("{}: the sync did not end in order", route.name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void remove(boolean keepGreenRows) throws SyncException {
    // Both have to answer before anything is removed from either.
    blue.serverVersion();
    green.serverVersion();
    halt();
    new Removal(blue, green, route.sync(), dumps).run(keepGreenRows);
    guards.forget();
    inspection.forget();
    standing = Standing.INITIAL;
  }

  @Override
  public SyncStatus status() {
    RunningSync now = running;
    return guards.complete(now == null ? SyncStatus.OFF : now.status(), standing);
  }

  @Override
  public Freshness freshness() {
    return freshness;
  }

  @Override
  public void sealFreshness() {
    Optional.ofNullable(running)
        .flatMap(RunningSync::following)
        .ifPresent(following -> following.stream().ceaseFreshness());
    freshness.reset();
  }

  @Override
  public void keepFresh(boolean wanted) {
    fresh = wanted;
    RunningSync now = running;
    if (now != null) {
      now.keepFresh(wanted);
    }
  }

  @Override
  public CompletableFuture<Void> marker() {
    try {
      return following().stream().marker();
    } catch (SyncException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Following following() throws SyncException {
    return Optional.ofNullable(running)
        .flatMap(RunningSync::following)
        .orElseThrow(() -> new SyncException("The sync of " + route.name() + " does not follow"));
  }

  @Override
  public Verification verify(VerificationProgress progress)
      throws SyncException, InterruptedException {
    return following().verifier().verify(progress);
  }

  @Override
  public Verification verifyChanged() throws SyncException, InterruptedException {
    return following().verifier().verifyChanged();
  }

  @Override
  public Switchover prepareSwitchover(Standing standing) throws SyncException {
    SyncStatus now = status();
    if (now.state() != SyncStatus.State.FOLLOWING) {
      throw new SyncException(
          "The sync of "
              + route.name()
              + " is "
              + now.state()
              + now.error().map(e -> ": " + e).orElse(""));
    }
    Definitions next = definitions(side(standing.primary().other()), standing.epoch().next());
    try {
      return PostgresSwitchover.prepare(blue, green, standing, new Streams(next));
    } finally {
      guards.look();
    }
  }

  private static Definitions definitions(PostgresSide side, Epoch epoch) throws SyncException {
    try (Connection connection = side.control()) {
      return Definitions.load(connection, new StreamName(side.route(), epoch).toString());
    } catch (SQLException e) {
      throw side.failure("reading what its tables are", e);
    }
  }

  /** What a change of primary asks of this engine. */
  private final class Streams implements StreamControl {
    private final Definitions next;

    /**
     * For one change of primary.
     *
     * @param next what the catalogue of the next primary says before it is one
     */
    Streams(Definitions next) {
      this.next = next;
    }

    @Override
    public CompletableFuture<Void> marker() {
      return PostgresSyncEngine.this.marker();
    }

    @Override
    public Verification compareChanged(Duration timeout)
        throws SyncException, InterruptedException {
      return following().verifier().compareChanged(timeout);
    }

    @Override
    public void changeOver(Standing standing) throws SyncException {
      RunningSync now = running;
      if (now == null || now.standing().equals(standing)) {
        start(standing);
      } else {
        Inherited left =
            now.following()
                .map(following -> new Inherited(following.changedKeys(), next))
                .orElse(null);
        inspection.forget();
        begin(standing, left);
      }
    }
  }

  @Override
  public SideCatalogue catalogue(Side side) {
    return new PostgresCatalogue(side(side));
  }

  @Override
  public void close() {
    halt();
    guards.close();
    blue.close();
    green.close();
  }
}
