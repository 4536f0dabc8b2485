package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Subjects;
import org.turnout.sync.side.Tables;

/**
 * Names what DDL has made on the primary since the sync began and the secondary lacks: once that is
 * primary, statements that worked would fail there. Keys, types, sequences and what is said of
 * columns beyond their types are blockers, as they were before the copy. Of routines, views,
 * triggers and defaults it cannot be known whether anything needs them, and an expression may be
 * worded otherwise by another major: those are warnings.
 *
 * <p>Reads catalogues only; asked outside of a pause. Whoever calls has the findings about followed
 * tables already.
 */
public record SchemaDrift(PostgresSide primary, PostgresSide secondary) {
  private static final String NOT_OF_EXTENSION =
      "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = '%s'::regclass AND d.objid = %s"
          + " AND d.deptype = 'e')";

  /** Kind, name and definition of what is only worth a warning. */
  private static final String OBJECTS =
      """
      SELECT 'ROUTINE', p.oid::regprocedure::text, ''
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE %1$s AND %2$s
      UNION ALL
      SELECT 'VIEW', format('%%I.%%I', n.nspname, c.relname), ''
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('v', 'm') AND %1$s AND %3$s
      UNION ALL
      SELECT 'TRIGGER', format('%%I ON %%I.%%I', g.tgname, n.nspname, c.relname), ''
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT g.tgisinternal AND g.tgname !~ '^turnout_fence_' AND %4$s
      UNION ALL
      SELECT 'DEFAULT', format('%%I.%%I.%%I', n.nspname, c.relname, a.attname),
             pg_get_expr(f.adbin, f.adrelid)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attgenerated = ''
        JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
       WHERE %4$s
      """
          .formatted(
              Tables.USER_SCHEMA,
              NOT_OF_EXTENSION.formatted("pg_proc", "p.oid"),
              Tables.NOT_OF_EXTENSION,
              Tables.MOVED);

  /** What may be missing without a harm that is certain. */
  private enum Kind {
    ROUTINE("routine-missing", "Functions or procedures are", "Create them"),
    VIEW("view-missing", "Views are", "Create them"),
    TRIGGER("trigger-missing", "Triggers are", "Create them"),
    DEFAULT("default-differs", "Defaults of columns are", "Set the same");

    private final String code;
    private final String are;
    private final String advice;

    Kind(String code, String are, String advice) {
      this.code = code;
      this.are = are;
      this.advice = advice;
    }
  }

  /**
   * Looks at both sides.
   *
   * @param known what is known of followed tables already: of these nothing is repeated
   */
  public List<Finding> inspect(List<Finding> known) throws SyncException {
    try (Connection from = primary.control();
        Connection to = secondary.control()) {
      List<Finding> findings =
          new ArrayList<>(SchemaComparison.compareAgain(from, to, secondary.side()));
      Set<String> named = new HashSet<>();
      known.forEach(finding -> named.add(unquoted(finding)));
      findings.removeIf(finding -> named.contains(unquoted(finding)));
      findings.addAll(Sequences.missing(from, to));
      objects(from, to, findings);
      findings.sort(Comparator.comparing(Finding::severity));
      return List.copyOf(findings);
    } catch (SQLException e) {
      throw secondary.failure("looking whether the schemas are still the same", e);
    }
  }

  private static String unquoted(Finding finding) {
    return finding.subject().replace("\"", "");
  }

  private void objects(Connection from, Connection to, List<Finding> findings) throws SQLException {
    Map<Kind, Map<String, String>> here = objects(from);
    Map<Kind, Map<String, String>> there = objects(to);
    here.forEach(
        (kind, objects) -> {
          Map<String, String> present = there.getOrDefault(kind, Map.of());
          List<String> lacking =
              objects.entrySet().stream()
                  .filter(object -> !object.getValue().equals(present.get(object.getKey())))
                  .map(Map.Entry::getKey)
                  .toList();
          if (!lacking.isEmpty()) {
            findings.add(lacking(kind, lacking));
          }
        });
  }

  private Finding lacking(Kind kind, List<String> names) {
    String here = primary.side().word();
    String there = secondary.side().word();
    return new Finding(
        kind.code,
        Finding.Severity.WARNING,
        Subjects.list(names),
        kind.are + " on " + here + " and not, or not the same, on " + there + ".",
        kind.advice + " on " + there + " if the application needs them.");
  }

  private static Map<Kind, Map<String, String>> objects(Connection connection) throws SQLException {
    Map<Kind, Map<String, String>> objects = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(OBJECTS)) {
      while (row.next()) {
        objects
            .computeIfAbsent(Kind.valueOf(row.getString(1)), kind -> new TreeMap<>())
            .put(row.getString(2), row.getString(3));
      }
    }
    return objects;
  }
}
