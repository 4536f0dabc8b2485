package org.turnout.sync.verify;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.ChangedKeyLog;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.Definitions;
import org.turnout.sync.side.Definitions.Definition;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * Notices what the primary's catalogue tells of the followed tables and the change stream does not:
 * a table made, dropped, renamed or exchanged for another, columns that changed, partitions that
 * came, went or were truncated, a table that was written anew. Any thread.
 *
 * <p>The rule: rows that may differ are among the changed keys, or the catalogue differs from what
 * is known of it here. So a look comes before the changed keys are taken for a comparison. A table
 * whose rows moved to other partitions or files is then marked as changed as a whole, and known
 * anew; everything else stays a blocker until the stream begins again.
 */
public final class DefinitionWatch implements Verifier.Precondition {
  private static final Logger log = LoggerFactory.getLogger(DefinitionWatch.class);
  private static final String ANEW = "Remove the sync and start it anew.";
  private static final String AGAIN =
      " then let the stream begin again: turnout mirror off, turnout mirror log, turnout verify.";

  private final PostgresSide primary;
  private final PostgresSide secondary;
  private final StreamName stream;
  private final ChangedKeyLog changedKeys;
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<String, Definition> known = new TreeMap<>();
  private final Set<String> storedAnew = new TreeSet<>();

  /**
   * Looks at nothing yet.
   *
   * @param tables the tables that are followed
   * @param known what the primary's catalogue said at or before the moment from which on the
   *     changed keys are recorded
   */
  public DefinitionWatch(
      PostgresSide primary,
      PostgresSide secondary,
      StreamName stream,
      List<Table> tables,
      Definitions known,
      ChangedKeyLog changedKeys) {
    this.primary = primary;
    this.secondary = secondary;
    this.stream = stream;
    this.changedKeys = changedKeys;
    for (Table table : tables) {
      this.tables.put(table.sqlName(), table);
      Definition definition = known.byTable().get(table.sqlName());
      if (definition != null) {
        this.known.put(table.sqlName(), definition);
      }
    }
  }

  /**
   * Looks at the primary.
   *
   * @throws SyncException naming each table that is not what it was
   */
  @Override
  public void require() throws SyncException {
    List<Finding> findings = new ArrayList<>();
    compare(load(primary), findings);
    if (!findings.isEmpty()) {
      throw new SyncException(
          "Not what it was when the stream began, on "
              + primary.side().word()
              + ": "
              + findings.stream().map(Finding::subject).collect(Collectors.joining(", ")),
          findings);
    }
  }

  /** Looks at both sides; also names what is no more than worth knowing. */
  public List<Finding> inspect() throws SyncException {
    List<Finding> findings = new ArrayList<>();
    Definitions here = load(primary);
    compare(here, findings);
    compareSides(here, load(secondary), findings);
    synchronized (this) {
      storedAnew.stream()
          .map(tables::get)
          .filter(table -> table.partitioned() && changedKeys.isWhole(table))
          .map(this::storedAnew)
          .forEach(findings::add);
    }
    return findings;
  }

  private Definitions load(PostgresSide side) throws SyncException {
    try (Connection connection = side.control()) {
      return Definitions.load(connection, stream.toString());
    } catch (SQLException e) {
      throw side.failure("looking whether the tables are what they were", e);
    }
  }

  private synchronized void compare(Definitions now, List<Finding> findings) {
    Set<String> names = new TreeSet<>(known.keySet());
    names.addAll(now.byTable().keySet());
    for (String name : names) {
      Definition before = known.get(name);
      Definition present = now.byTable().get(name);
      if (present == null) {
        findings.add(gone(before == null ? name : before.table()));
      } else if (before == null) {
        findings.add(unknown(present));
      } else if (before.oid() != present.oid() || !present.published()) {
        findings.add(exchanged(present));
      } else if (!before.columns().equals(present.columns())) {
        findings.add(changed(before, present));
      } else if (!before.storage().equals(present.storage())) {
        rowsMoved(name, present);
      }
    }
  }

  /** In this order: a comparison that takes the mark sees the change. */
  private void rowsMoved(String name, Definition present) {
    Table table = tables.get(name);
    if (table == null) {
      throw new IllegalStateException("only tables that are followed are known");
    }
    log.info("{}: partitions or files of {} changed", primary.side().word(), present.table());
    changedKeys.putBack(Map.of(table, new Changed.Whole()));
    known.put(name, present);
    storedAnew.add(name);
  }

  private static Finding blocker(String code, String table, String message, String advice) {
    return new Finding(code, Severity.BLOCKER, table, message, advice);
  }

  private static Finding unknown(Definition present) {
    return blocker(
        "table-not-followed",
        present.table(),
        "Table " + present.table() + " is not followed: it was made after the sync began.",
        ANEW + " Or drop the table.");
  }

  private static Finding exchanged(Definition present) {
    return blocker(
        "table-not-followed",
        present.table(),
        "Table "
            + present.table()
            + " is not the one that was copied and followed: it was dropped and made anew, another"
            + " took its name, or it was taken out of the publication.",
        ANEW);
  }

  private Finding gone(String table) {
    return blocker(
        "table-gone",
        table,
        "Table " + table + " was followed, and is no longer on " + primary.side().word() + ".",
        "If it was renamed, give it its name back. If it was dropped for good, drop it on "
            + secondary.side().word()
            + " too,"
            + AGAIN);
  }

  private Finding changed(Definition before, Definition present) {
    return blocker(
        "table-changed",
        present.table(),
        "The columns of table "
            + present.table()
            + " on "
            + primary.side().word()
            + " were changed after the stream began: "
            + difference("before", before.columns(), "now", present.columns())
            + ".",
        "Make the table on " + secondary.side().word() + " the same," + AGAIN);
  }

  private static String difference(
      String here, List<String> left, String there, List<String> right) {
    Set<String> onlyLeft = new TreeSet<>(left);
    right.forEach(onlyLeft::remove);
    Set<String> onlyRight = new TreeSet<>(right);
    left.forEach(onlyRight::remove);
    return here
        + " "
        + (onlyLeft.isEmpty() ? "none" : String.join(", ", onlyLeft))
        + ", "
        + there
        + " "
        + (onlyRight.isEmpty() ? "none" : String.join(", ", onlyRight));
  }

  private void compareSides(Definitions here, Definitions there, List<Finding> findings) {
    Set<String> named = new HashSet<>();
    findings.forEach(finding -> named.add(finding.subject()));
    for (String name : tables.keySet().stream().sorted().toList()) {
      Definition first = here.byTable().get(name);
      Definition second = there.byTable().get(name);
      if (first != null && !named.contains(first.table())) {
        if (second == null) {
          findings.add(missing(first));
        } else if (!first.columns().equals(second.columns())) {
          findings.add(different(first, second));
        }
      }
    }
    there.byTable().entrySet().stream()
        .filter(entry -> !here.byTable().containsKey(entry.getKey()))
        .map(entry -> entry.getValue().table())
        .filter(table -> !named.contains(table))
        .sorted()
        .forEach(table -> findings.add(additional(table)));
  }

  private Finding missing(Definition first) {
    return blocker(
        "table-missing",
        first.table(),
        "Table " + first.table() + " is not on " + secondary.side().word() + ".",
        ANEW);
  }

  private Finding different(Definition first, Definition second) {
    return blocker(
        "table-differs",
        first.table(),
        "Table "
            + first.table()
            + " has other columns on "
            + secondary.side().word()
            + " than on "
            + primary.side().word()
            + ": "
            + difference(
                "only on " + primary.side().word(),
                first.columns(),
                "only on " + secondary.side().word(),
                second.columns())
            + ".",
        "Make both the same.");
  }

  private Finding additional(String table) {
    return new Finding(
        "table-only-on-secondary",
        Severity.WARNING,
        table,
        "Table "
            + table
            + " is on "
            + secondary.side().word()
            + " only. It is not followed: once "
            + secondary.side().word()
            + " is primary, it is in the way of a change back.",
        "Drop it if nothing needs it.");
  }

  private Finding storedAnew(Table table) {
    return new Finding(
        "partitions-changed",
        Severity.WARNING,
        table.displayName(),
        "Partitions of table "
            + table.displayName()
            + " came, went, were truncated or written anew on "
            + primary.side().word()
            + ". The stream does not bring that, so the table is compared as a whole again.",
        "Where that finds differences, do the same on "
            + secondary.side().word()
            + ": the rows that came or went with a partition.");
  }
}
