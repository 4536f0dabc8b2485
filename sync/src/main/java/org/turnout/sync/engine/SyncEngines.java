package org.turnout.sync.engine;

import org.turnout.config.RouteConfig;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.copy.DumpPrograms;

/** Makes the sync engine that a route's protocol needs. */
public final class SyncEngines {
  private SyncEngines() {}

  /** The engine of a PostgreSQL route. Opens no connection yet, so both sides may be down. */
  public static SyncEngine postgres(RouteConfig route) {
    return new PostgresSyncEngine(route, DumpPrograms.ofThisMachine());
  }
}
