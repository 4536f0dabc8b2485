package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;

/** What in the source's database cannot be moved as it is. */
final class TableInspection {
  private static final String USER_CLASSES =
      """
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE %s AND %s
      """
          .formatted(Tables.USER_SCHEMA, Tables.NOT_OF_EXTENSION);

  private static final String MOVED =
      "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " + Tables.MOVED;

  private static final String NAME = "SELECT n.nspname || '.' || c.relname ";

  /**
   * Tables that may be followed by whole old rows, and whether their owner chose so. Not
   * partitioned ones: a partition that is added later would have another identity. Not those with
   * generated columns: since 18 a server refuses to update them while they are published.
   */
  private static final String FULL_IDENTITY =
      NAME
          + ", c.relreplident = 'f' "
          + MOVED
          + " AND c.relkind = 'r' AND NOT EXISTS (SELECT 1 FROM pg_attribute a"
          + " WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped)";

  /**
   * Partitions whose log names a row by other columns than the stream says, for that goes by the
   * identity of their root.
   */
  private static final String OTHER_IDENTITY =
      """
      SELECT n.nspname || '.' || l.relname
        FROM pg_class l
        JOIN pg_namespace n ON n.oid = l.relnamespace
        JOIN pg_class c ON c.oid = pg_partition_root(l.oid)
        CROSS JOIN LATERAL (%s) k
        JOIN pg_index x ON x.indrelid = l.oid
         AND CASE l.relreplident WHEN 'd' THEN x.indisprimary
                                 WHEN 'i' THEN x.indisreplident END
       WHERE l.relkind = 'r' AND l.relispartition AND %s
         AND (SELECT array_agg(a.attname ORDER BY a.attname)
                FROM generate_series(0, x.indnkeyatts - 1) p
                JOIN pg_attribute a ON a.attrelid = l.oid AND a.attnum = x.indkey[p])
             IS DISTINCT FROM
             (SELECT array_agg(a.attname ORDER BY a.attname)
                FROM generate_series(0, k.indnkeyatts - 1) p
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.indkey[p])
      """
          .formatted(Tables.KEY_INDEX, Tables.USER_SCHEMA);

  private final Connection connection;
  private final List<Finding> findings;

  /** Triggers of partitions are copies of their root's, which is named. */
  private static final String FIRING_TRIGGERS =
      "SELECT n.nspname || '.' || c.relname, t.tgname, t.tgenabled = 'A' "
          + USER_CLASSES.replaceFirst("WHERE", "JOIN pg_trigger t ON t.tgrelid = c.oid WHERE")
          + " AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
          + " AND t.tgenabled IN ('A', 'R')"
          + " AND NOT EXISTS (SELECT 1 FROM pg_trigger o"
          + " WHERE o.oid = t.tgparentid AND o.tgenabled IN ('A', 'R')) ORDER BY 1, 2";

  private static final String FIRING_RULES =
      "SELECT n.nspname || '.' || c.relname, w.rulename, w.ev_enabled = 'A' "
          + USER_CLASSES.replaceFirst("WHERE", "JOIN pg_rewrite w ON w.ev_class = c.oid WHERE")
          + " AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
          + " AND w.ev_enabled IN ('A', 'R') ORDER BY 1, 2";

  private TableInspection(Connection connection, List<Finding> findings) {
    this.connection = connection;
    this.findings = findings;
  }

  static void inspect(Connection connection, Side side, List<Finding> findings)
      throws SQLException {
    TableInspection inspection = new TableInspection(connection, findings);
    inspection.keys();
    inspection.rights();
    inspection.notMoved();
    inspection.largeObjects(side);
  }

  /**
   * Names what fires although rows only arrive from the other side: what it writes is written there
   * already, or nowhere. Event triggers are none of it, for the stream brings no DDL.
   */
  static void inspectFiring(Connection connection, Side side, List<Finding> findings)
      throws SQLException {
    for (List<String> row : Rows.of(connection, FIRING_TRIGGERS)) {
      findings.add(firing("trigger", "TRIGGER", row, side));
    }
    for (List<String> row : Rows.of(connection, FIRING_RULES)) {
      findings.add(firing("rule", "RULE", row, side));
    }
  }

  private static Finding firing(String kind, String word, List<String> row, Side side) {
    String name = Table.quote(row.get(1));
    return new Finding(
        kind + "-fires-on-secondary",
        Severity.BLOCKER,
        side.word() + ": " + row.getFirst(),
        "The "
            + kind
            + " "
            + name
            + " of the table is ENABLE "
            + (row.get(2).equals("t") ? "ALWAYS" : "REPLICA")
            + ": on the secondary it fires for rows that only arrive from the primary, so what it"
            + " writes is there twice or differs.",
        "ALTER TABLE "
            + row.getFirst()
            + " ENABLE "
            + word
            + " "
            + name
            + "; or, if it is for replicas only, DISABLE "
            + word
            + " "
            + name
            + "; on "
            + side.word()
            + ".");
  }

  private void keys() throws SQLException {
    Map<String, String> full = new HashMap<>();
    Rows.of(connection, FULL_IDENTITY).forEach(row -> full.put(row.getFirst(), row.getLast()));
    for (Table table : Tables.load(connection)) {
      if (!table.hasKey()) {
        String chosen = full.get(table.displayName());
        findings.add("t".equals(chosen) ? slow(table) : withoutKey(table, chosen != null));
      }
    }
    each(
        NAME
            + MOVED
            + " AND c.relkind = 'p' AND EXISTS ("
            + Tables.KEY_INDEX
            + ") AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid"
            + " AND i.indisprimary AND i.indimmediate)",
        "partitioned-without-primary-key",
        Severity.BLOCKER,
        "The partitioned table has no primary key; a partition that is added later could not be"
            + " updated while the table is published.",
        "Add a primary key to the partitioned table.");
    each(
        NAME + USER_CLASSES + " AND c.relkind = 'r' AND c.relispartition AND c.relreplident = 'n'",
        "partition-without-identity",
        Severity.BLOCKER,
        "The partition has REPLICA IDENTITY NOTHING; it could not be updated while it is"
            + " published.",
        "ALTER TABLE … REPLICA IDENTITY DEFAULT.");
    each(
        OTHER_IDENTITY,
        "partition-with-other-identity",
        Severity.BLOCKER,
        "The replica identity of the partition is over other columns than that of its root, so the"
            + " stream does not tell which row was changed.",
        "ALTER TABLE … REPLICA IDENTITY DEFAULT, for the partition and for its root.");
  }

  private static Finding slow(Table table) {
    return new Finding(
        "table-with-full-identity",
        Severity.WARNING,
        table.displayName(),
        "The table has no key, so each update or delete searches the whole table on the other"
            + " side, and a comparison inside a pause reads all of it once it has changed.",
        "Add a primary key if the table is large or often updated: " + addKey(table));
  }

  private static Finding withoutKey(Table table, boolean may) {
    return new Finding(
        "table-without-key",
        Severity.BLOCKER,
        table.displayName(),
        "The table has neither a primary key nor a unique index over NOT NULL columns that"
            + " is not deferrable, so its rows cannot be followed.",
        "Add a primary key: "
            + addKey(table)
            + (may
                ? " Or, slower, let its rows be known by all they hold: ALTER TABLE "
                    + table.sqlName()
                    + " REPLICA IDENTITY FULL;"
                : ""));
  }

  private static String addKey(Table table) {
    return "ALTER TABLE "
        + table.sqlName()
        + " ADD PRIMARY KEY (…); or ALTER TABLE "
        + table.sqlName()
        + " ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;";
  }

  private void rights() throws SQLException {
    together(
        NAME
            + MOVED
            + " AND NOT (has_schema_privilege(n.oid, 'USAGE')"
            + " AND has_table_privilege(c.oid, 'SELECT'))",
        "no-select",
        "Turnout's role may not read %d tables.",
        "GRANT USAGE on their schemas and SELECT on the tables to the role, or use a superuser.");
    together(
        NAME + MOVED + " AND NOT pg_has_role(c.relowner, 'USAGE')",
        "not-owner",
        "Turnout's role does not own %d tables, so it may not publish them.",
        "Make the role a member of the tables' owner, or use a superuser.");
    together(
        NAME
            + USER_CLASSES
            + " AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.relrowsecurity"
            + " AND row_security_active(c.oid)",
        "row-security",
        "Row security hides rows of %d tables from Turnout's role.",
        "ALTER ROLE … BYPASSRLS, or use a superuser.");
  }

  private void notMoved() throws SQLException {
    each(
        NAME
            + USER_CLASSES
            + " AND c.relkind = 'r' AND c.relispartition AND c.relpersistence = 'u'",
        "unlogged-partition",
        Severity.BLOCKER,
        "The partition is unlogged: its changes are in no log, so they cannot be followed.",
        "ALTER TABLE … SET LOGGED, or detach it.");
    each(
        NAME
            + USER_CLASSES
            + " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'u'",
        "unlogged-table",
        Severity.WARNING,
        "The table is unlogged: its rows are in no log and are not moved.",
        "ALTER TABLE … SET LOGGED if its rows are needed on the other side.");
    each(
        NAME + USER_CLASSES + " AND c.relkind = 'm'",
        "materialised-view",
        Severity.WARNING,
        "A materialised view is filled once when the sync begins, not followed.",
        "REFRESH it on the new primary after the cutover.");
    each(
        NAME + USER_CLASSES + " AND c.relkind = 'f' AND NOT c.relispartition",
        "foreign-table",
        Severity.WARNING,
        "The rows of a foreign table lie elsewhere and are not moved.",
        "See that the other side reaches its server too.");
    each(
        NAME + USER_CLASSES + " AND c.relkind = 'f' AND c.relispartition",
        "foreign-partition",
        Severity.BLOCKER,
        "A partition is a foreign table; its rows cannot be copied or followed.",
        "Detach it, or bring its rows into an ordinary partition.");
  }

  private void largeObjects(Side side) throws SQLException {
    long count =
        Long.parseLong(Rows.one(connection, "SELECT count(*) FROM pg_largeobject_metadata"));
    if (count > 0) {
      findings.add(
          new Finding(
              "large-objects",
              Severity.BLOCKER,
              side.word(),
              "The database holds " + count + " large objects, whose changes are in no stream.",
              "Move them into bytea columns, or remove those that nothing refers to (vacuumlo)."));
    }
  }

  /** What all tables lack for the same reason: one finding that lists them. */
  private void together(String sql, String code, String message, String advice)
      throws SQLException {
    List<String> names =
        Rows.of(connection, sql + " ORDER BY 1").stream().map(List::getFirst).toList();
    if (!names.isEmpty()) {
      findings.add(
          new Finding(
              code,
              Severity.BLOCKER,
              Subjects.list(names),
              message.formatted(names.size()).replace(" 1 tables", " 1 table"),
              advice));
    }
  }

  private void each(String sql, String code, Severity severity, String message, String advice)
      throws SQLException {
    for (List<String> row : Rows.of(connection, sql + " ORDER BY 1")) {
      findings.add(new Finding(code, severity, row.getFirst(), message, advice));
    }
  }
}
