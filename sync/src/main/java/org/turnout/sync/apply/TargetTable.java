package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

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
      %sSELECT a.attname, format_type(a.atttypid, -1), a.atttypid::bigint, a.atttypmod,
             %s, a.attidentity = 'a'
        FROM pg_attribute a
        JOIN base b ON b.declared = a.atttypid AND b.typtype <> 'd'
       WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attgenerated = ''
       ORDER BY a.attnum
      """
          .formatted(
              Tables.baseTypes(
                  "t.oid IN (SELECT atttypid FROM pg_attribute WHERE attrelid = to_regclass(?))"),
              Tables.EQUALITY);

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
      statement.setString(2, sqlName);
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
