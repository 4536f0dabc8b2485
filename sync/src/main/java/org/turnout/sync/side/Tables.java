package org.turnout.sync.side;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the catalogue which tables are moved: ordinary tables and the roots of partitioned
 * ones, logged, in any schema but those of the server and of Turnout, and not owned by an
 * extension.
 */
public final class Tables {
  /** Condition on {@code pg_namespace n}: a schema whose objects are the user's. */
  public static final String USER_SCHEMA =
      "n.nspname <> 'information_schema' AND n.nspname <> 'turnout' AND n.nspname !~ '^pg_'";

  /** Condition on {@code pg_class c}: not a part of an extension. */
  public static final String NOT_OF_EXTENSION =
      "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
          + " AND d.objid = c.oid AND d.deptype = 'e')";

  /** Condition on {@code pg_class c} in {@code pg_namespace n}: a table that is moved. */
  public static final String MOVED =
      "c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND "
          + USER_SCHEMA
          + " AND "
          + NOT_OF_EXTENSION;

  /**
   * Condition on {@code pg_index i} of a table {@code t}: it can identify a row of the change
   * stream (unique, immediate, whole, over plain columns that are NOT NULL). The server asks the
   * same of a replica identity; generated columns are excluded because the stream lacks them.
   */
  static final String IDENTIFYING_INDEX =
      """
      i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
      AND i.indexprs IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM generate_series(0, i.indnkeyatts - 1) p
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p]
         WHERE NOT a.attnotnull OR a.attgenerated <> '')
      """;

  /**
   * Which identifying index a table's rows are known by: the one that its replica identity names,
   * else the primary key, else the narrowest unique one. Yields one row at most for a table {@code
   * c}.
   */
  static final String KEY_INDEX =
      "SELECT i.* FROM pg_index i WHERE i.indrelid = c.oid AND "
          + IDENTIFYING_INDEX
          + " ORDER BY (c.relreplident = 'i' AND i.indisreplident) DESC, i.indisprimary DESC,"
          + " i.indnkeyatts, i.indexrelid LIMIT 1";

  private static final String TABLES =
      """
      SELECT c.oid::bigint, n.nspname, c.relname, c.relkind = 'p',
             (SELECT array_agg(a.attname::text ORDER BY p)
                FROM (%s) k
                CROSS JOIN generate_series(0, k.indnkeyatts - 1) p
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.indkey[p]),
             s.rows, s.bytes
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(greatest(l.reltuples, 0)), 0)::bigint AS rows,
                 coalesce(sum(pg_table_size(l.oid)), 0)::bigint AS bytes
            FROM pg_class l
           WHERE l.relkind = 'r'
             AND (l.oid = c.oid
                  OR c.relkind = 'p'
                     AND l.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))) s
       WHERE %s
       ORDER BY n.nspname, c.relname
      """
          .formatted(KEY_INDEX, MOVED);

  /**
   * The operator that indexes over a type {@code b.oid} take for equality, ready for a statement;
   * {@code =} where the type has none of its own.
   */
  public static final String EQUALITY =
      """
      coalesce((SELECT format('OPERATOR(%I.%s)', e.nspname, o.oprname)
                  FROM pg_opclass k
                  JOIN pg_am m ON m.oid = k.opcmethod AND m.amname = 'btree'
                  JOIN pg_amop p ON p.amopfamily = k.opcfamily AND p.amopstrategy = 3
                                AND p.amoplefttype = k.opcintype
                                AND p.amoprighttype = k.opcintype
                  JOIN pg_operator o ON o.oid = p.amopopr
                  JOIN pg_namespace e ON e.oid = o.oprnamespace
                 WHERE k.opcdefault AND k.opcintype = b.oid), '=')
      """;

  /**
   * Columns of those tables. Binary is safe for the server's own types, for enums (sent as labels)
   * and for domains over either; not for types whose binary form holds OIDs.
   */
  private static final String COLUMNS =
      """
      %sSELECT c.oid::bigint, a.attname, format_type(a.atttypid, a.atttypmod),
             %s, a.attidentity = 'a',
             t.typtype = 'e'
             OR t.oid < 16384 AND t.typtype IN ('b', 'r', 'm')
                AND t.typsend <> 0 AND t.typreceive <> 0
                AND t.typname !~ '^_?reg' AND t.typname <> 'aclitem'
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
        JOIN base b ON b.declared = a.atttypid AND b.typtype <> 'd'
        JOIN pg_type t ON t.oid = b.oid
       WHERE %s
         AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       ORDER BY c.oid, a.attnum
      """
          .formatted(baseTypes("true"), EQUALITY, MOVED);

  private Tables() {}

  /**
   * The beginning of a query: a common table {@code base} that leads from types, {@code declared},
   * to what they are below their domains, however many: the row whose {@code typtype} is not {@code
   * d}.
   *
   * @param types condition on {@code pg_type t}: the types that are asked for
   */
  public static String baseTypes(String types) {
    return """
    WITH RECURSIVE base AS (
      SELECT t.oid AS declared, t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE %s
      UNION ALL
      SELECT b.declared, t.oid, t.typtype, t.typbasetype
        FROM base b JOIN pg_type t ON t.oid = b.typbasetype
       WHERE b.typtype = 'd')
    """
        .formatted(types);
  }

  /** The tables of the connection's database, by schema and name. */
  public static List<Table> load(Connection connection) throws SQLException {
    Map<Long, List<Column>> columns = columns(connection);
    List<Table> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(TABLES)) {
      while (row.next()) {
        tables.add(
            new Table(
                row.getString(2),
                row.getString(3),
                columns.getOrDefault(row.getLong(1), List.of()),
                names(row.getArray(5)),
                row.getBoolean(4),
                row.getLong(6),
                row.getLong(7)));
      }
    }
    return tables;
  }

  private static Map<Long, List<Column>> columns(Connection connection) throws SQLException {
    Map<Long, List<Column>> columns = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(COLUMNS)) {
      while (row.next()) {
        columns
            .computeIfAbsent(row.getLong(1), oid -> new ArrayList<>())
            .add(
                new Column(
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getBoolean(5),
                    row.getBoolean(6)));
      }
    }
    return columns;
  }

  private static List<String> names(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }
}
