package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.turnout.sync.side.Table;

/**
 * A table as the target's catalogue knows it: what the statements of the applier need.
 *
 * @param columns by name, without generated ones
 * @param partitioned whether its rows lie in partitions
 * @param contested whether something besides the key forbids rows to coexist: a second unique index
 *     or an exclusion constraint, also one that a partition has alone
 */
record TargetTable(
    String schema,
    String name,
    Map<String, TargetColumn> columns,
    boolean partitioned,
    boolean contested) {

  /**
   * One column.
   *
   * @param type the type without modifiers, ready for a cast; a modifier in a cast would cut values
   *     silently
   * @param typeOid the type's number, the same on every server below 16384
   * @param modifier length or precision as the catalogue holds it
   * @param equality the operator that the type's indexes take for equality
   * @param identityAlways whether an UPDATE may not name the column
   */
  record TargetColumn(
      String name,
      String type,
      int typeOid,
      int modifier,
      String equality,
      boolean identityAlways) {
    String sqlName() {
      return Table.quote(name);
    }

    /** Whether {@link #equality} was found for the very type, so that it exists for sure. */
    boolean ordered() {
      return equality.startsWith("OPERATOR");
    }
  }

  private static final String COLUMNS =
      """
      SELECT a.attname, format_type(a.atttypid, -1), a.atttypid::bigint, a.atttypmod,
             coalesce((SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname)
                         FROM pg_opclass k
                         JOIN pg_am m ON m.oid = k.opcmethod AND m.amname = 'btree'
                         JOIN pg_amop p ON p.amopfamily = k.opcfamily AND p.amopstrategy = 3
                                       AND p.amoplefttype = k.opcintype
                                       AND p.amoprighttype = k.opcintype
                         JOIN pg_operator o ON o.oid = p.amopopr
                         JOIN pg_namespace n ON n.oid = o.oprnamespace
                        WHERE k.opcdefault
                          AND k.opcintype = CASE t.typtype WHEN 'd' THEN t.typbasetype
                                                           ELSE t.oid END), '='),
             a.attidentity = 'a'
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
       WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attgenerated = ''
       ORDER BY a.attnum
      """;

  /** The indexes of partitions are counted by those of their own, not by copies of the root's. */
  private static final String NATURE =
      """
      SELECT c.relkind = 'p',
             (SELECT count(*) > 1 OR coalesce(bool_or(i.indisexclusion), false)
                FROM pg_index i
                JOIN pg_class n ON n.oid = i.indexrelid AND NOT n.relispartition
               WHERE (i.indisunique OR i.indisexclusion)
                 AND (i.indrelid = c.oid
                      OR c.relkind = 'p'
                         AND i.indrelid IN (SELECT relid FROM pg_partition_tree(c.oid))))
        FROM pg_class c WHERE c.oid = to_regclass(?)
      """;

  /** Reads the table; empty when the target has none of that name. */
  static Optional<TargetTable> load(Connection connection, String schema, String name)
      throws SQLException {
    String sqlName = Table.quote(schema) + "." + Table.quote(name);
    Map<String, TargetColumn> columns = columns(connection, sqlName);
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    try (PreparedStatement statement = connection.prepareStatement(NATURE)) {
      statement.setString(1, sqlName);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new TargetTable(schema, name, columns, row.getBoolean(1), row.getBoolean(2)))
            : Optional.empty();
      }
    }
  }

  private static Map<String, TargetColumn> columns(Connection connection, String sqlName)
      throws SQLException {
    Map<String, TargetColumn> columns = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setString(1, sqlName);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          columns.put(
              row.getString(1),
              new TargetColumn(
                  row.getString(1),
                  row.getString(2),
                  (int) row.getLong(3),
                  row.getInt(4),
                  row.getString(5),
                  row.getBoolean(6)));
        }
      }
    }
    return columns;
  }

  String sqlName() {
    return Table.quote(schema) + "." + Table.quote(name);
  }

  /** The rows of the table and its partitions, without those of tables that inherit from it. */
  String ownRows() {
    return partitioned ? sqlName() : "ONLY " + sqlName();
  }

  String displayName() {
    return schema + "." + name;
  }
}
