package org.turnout.sync.engine;

import java.util.List;
import java.util.Optional;
import org.turnout.config.SyncConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.Origin;
import org.turnout.sync.capture.Leftovers;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.SchemaCopy;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.switchover.Settlement;

/**
 * Takes everything of Turnout away from both sides. The helper schema goes last on each side, for
 * it knows what there is to take away, so a removal that failed half way is repeated.
 */
record Removal(PostgresSide blue, PostgresSide green, SyncConfig config, DumpPrograms dumps) {
  void run(boolean keepGreenRows) throws SyncException {
    Leftovers.drop(blue, Optional.empty());
    Leftovers.drop(green, Optional.empty());
    if (!keepGreenRows) {
      new Emptying(green).run();
      completeSchema();
    }
    for (PostgresSide side : List.of(green, blue)) {
      Settlement.removeFence(side);
      ReplicaIdentity.restore(side);
      Origin.removeAll(side);
      HelperSchema.remove(side);
    }
  }

  /** A later sync finds whole tables then, not ones whose keys were still to come. */
  private void completeSchema() throws SyncException {
    try {
      new SchemaCopy(blue, green, config, dumps).finishEmptied();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SyncException("The removal of the sync was interrupted", e);
    }
  }
}
