package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;

/**
 * Looks for what stops or endangers a sync and a cutover, on both sides, before either finds out by
 * itself. Changes nothing. What concerns the schema of the target is {@code SchemaCopy}'s to say.
 */
public final class Inspection {
  private final PostgresSide source;
  private final PostgresSide target;

  /**
   * Describes the inspection.
   *
   * @param source the primary
   * @param target the secondary
   */
  public Inspection(PostgresSide source, PostgresSide target) {
    this.source = source;
    this.target = target;
  }

  /** The findings, blockers first. */
  public List<Finding> inspect() throws SyncException {
    List<Finding> findings = new ArrayList<>();
    inspectServer(source, findings);
    inspectServer(target, findings);
    try (Connection from = source.control()) {
      TableInspection.inspect(from, source.side(), findings);
      TableInspection.inspectFiring(from, source.side(), findings);
    } catch (SQLException e) {
      throw source.failure("inspecting the tables", e);
    }
    try (Connection from = source.control();
        Connection to = target.control()) {
      TableInspection.inspectFiring(to, target.side(), findings);
      DifferenceInspection.inspect(from, source.side(), to, target.side(), findings);
    } catch (SQLException e) {
      throw target.failure("comparing the servers", e);
    }
    findings.sort(Comparator.comparing(Finding::severity));
    return List.copyOf(findings);
  }

  /**
   * Each side becomes a source in its turn: the way back needs of green what the way there needs of
   * blue.
   */
  private static void inspectServer(PostgresSide side, List<Finding> findings)
      throws SyncException {
    try (Connection connection = side.control()) {
      ServerInspection.inspect(connection, side, findings);
    } catch (SQLException e) {
      throw side.failure("inspecting the server", e);
    }
  }
}
