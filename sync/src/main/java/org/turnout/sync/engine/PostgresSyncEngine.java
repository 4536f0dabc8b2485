package org.turnout.sync.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Freshness;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;
import org.turnout.sync.VerificationProgress;
import org.turnout.sync.side.PostgresSide;

/** The sync of one PostgreSQL route: assembles the rooms of the sync. */
public final class PostgresSyncEngine implements SyncEngine {
  private final PostgresSide blue;
  private final PostgresSide green;
  private final Freshness freshness = new Freshness();

  /** Describes the engine; opens no connection. */
  public PostgresSyncEngine(RouteConfig route) {
    this.blue = new PostgresSide(route.name(), Side.BLUE, route.blue());
    this.green = new PostgresSide(route.name(), Side.GREEN, route.green());
  }

  @Override
  public Standing settle(Standing known) throws SyncException {
    throw notYet();
  }

  @Override
  public List<Finding> inspect() throws SyncException {
    throw notYet();
  }

  @Override
  public void start(Standing standing) throws SyncException {
    throw notYet();
  }

  @Override
  public void halt() {}

  @Override
  public void remove(boolean keepGreenRows) throws SyncException {
    throw notYet();
  }

  @Override
  public SyncStatus status() {
    return SyncStatus.OFF;
  }

  @Override
  public Freshness freshness() {
    return freshness;
  }

  @Override
  public void keepFresh(boolean wanted) {}

  @Override
  public CompletableFuture<Void> marker() {
    return CompletableFuture.failedFuture(notYet());
  }

  @Override
  public Verification verify(VerificationProgress progress) throws SyncException {
    throw notYet();
  }

  @Override
  public Verification verifyChanged() throws SyncException {
    throw notYet();
  }

  @Override
  public Switchover prepareSwitchover(Standing standing) throws SyncException {
    throw notYet();
  }

  @Override
  public SideCatalogue catalogue(Side side) {
    throw new UnsupportedOperationException("No sync runs on this route");
  }

  @Override
  public void close() {
    blue.close();
    green.close();
  }

  private static SyncException notYet() {
    return new SyncException("The sync of this route has not been started");
  }
}
