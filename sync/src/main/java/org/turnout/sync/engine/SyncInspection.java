package org.turnout.sync.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.config.RouteConfig;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Settled;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.SchemaCopy;
import org.turnout.sync.copy.SchemaDrift;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.Inspection;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.switchover.PostgresSwitchover;
import org.turnout.sync.switchover.Settlement;

/**
 * What stands in the way of a sync, before it begins, and of a change of primary, while it follows.
 * Changes nothing. Any thread.
 */
final class SyncInspection {
  private final RouteConfig route;
  private final DumpPrograms dumps;
  private final PostgresSide blue;
  private final PostgresSide green;

  /** What a settlement saw once, and what is worth knowing until the primary changes again. */
  private volatile List<Finding> seen = List.of();

  SyncInspection(RouteConfig route, DumpPrograms dumps, PostgresSide blue, PostgresSide green) {
    this.route = route;
    this.dumps = dumps;
    this.blue = blue;
    this.green = green;
  }

  /** The findings about both sides, and about the stream if one runs. */
  List<Finding> now(@Nullable RunningSync running) throws SyncException {
    PostgresSide primary = running == null ? blue : running.primary();
    PostgresSide secondary = running == null ? green : running.secondary();
    List<Finding> findings = new ArrayList<>(new Inspection(primary, secondary).inspect());
    findings.addAll(PostgresSwitchover.missingRights(primary));
    if (running != null && running.following().isPresent()) {
      List<Finding> tables = running.following().get().definitions().inspect();
      findings.addAll(tables);
      findings.addAll(new SchemaDrift(primary, secondary).inspect(tables));
    }
    findings.addAll(seen);
    return findings;
  }

  /** A settlement tells this only once: the next one finds all in order. */
  void settled(Settled settled) {
    settled.left().stream()
        .filter(finding -> finding.code().equals(Settlement.FENCE_EXPIRED))
        .findFirst()
        .ifPresent(finding -> seen = List.of(finding));
  }

  /** The primary changes, or the sync is removed: what was seen before says nothing any more. */
  void forget() {
    seen = List.of();
  }

  /** A stream that began was inspected then; what came up since shows when it is applied. */
  void requireNoBlockers(Standing standing) throws SyncException {
    if (!standing.epoch().equals(Epoch.FIRST) || hasBegun()) {
      return;
    }
    List<Finding> findings = new ArrayList<>(new Inspection(blue, green).inspect());
    findings.addAll(schema());
    findings.removeIf(finding -> finding.severity() != Finding.Severity.BLOCKER);
    if (!findings.isEmpty()) {
      throw new SyncException("The sync of " + route.name() + " cannot begin", findings);
    }
  }

  private List<Finding> schema() throws SyncException {
    try {
      return new SchemaCopy(blue, green, route.sync(), dumps).inspect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SyncException("The inspection of the schema was interrupted", e);
    }
  }

  private boolean hasBegun() throws SyncException {
    try (Connection connection = green.control()) {
      return HelperSchema.present(connection);
    } catch (SQLException e) {
      throw green.failure("looking for an earlier sync", e);
    }
  }
}
