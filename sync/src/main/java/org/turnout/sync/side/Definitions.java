package org.turnout.sync.side;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one side's catalogue says of its tables besides their rows: by this a table is known again,
 * and what the change stream does not tell of it is seen. Read in one query that takes no lock, so
 * that it waits for nobody, neither inside a pause nor behind a statement that waits for a table.
 *
 * @param byTable by {@link Table#sqlName}
 */
public record Definitions(Map<String, Definition> byTable) {
  /**
   * The root first, then the partitions below it, each with the file that its rows lie in: TRUNCATE
   * and what writes a table anew give it another one. Tables that inherit from an ordinary one are
   * tables of their own.
   */
  private static final String QUERY =
      """
      WITH RECURSIVE moved AS (
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE %s),
      part (root, oid, relkind, place) AS (
        SELECT m.oid, m.oid, m.relkind, m.oid || ':' || m.relfilenode FROM moved m
        UNION ALL
        SELECT p.root, c.oid, c.relkind,
               c.oid || ':' || c.relfilenode || CASE WHEN i.inhdetachpending THEN '!' ELSE '' END
          FROM part p
          JOIN pg_inherits i ON i.inhparent = p.oid
          JOIN pg_class c ON c.oid = i.inhrelid
         WHERE p.relkind = 'p'),
      stored AS (
        SELECT p.root, md5(string_agg(p.place, ' ' ORDER BY p.oid)) AS places
          FROM part p GROUP BY p.root)
      SELECT m.nspname, m.relname, m.oid::bigint, m.relkind = 'p', s.places,
             (SELECT array_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                               || CASE WHEN a.attgenerated <> '' THEN ' GENERATED' ELSE '' END)
                FROM pg_attribute a
               WHERE a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped),
             EXISTS (SELECT 1 FROM pg_publication_rel r
                       JOIN pg_publication b ON b.oid = r.prpubid
                      WHERE r.prrelid = m.oid AND b.pubname = ?)
        FROM moved m JOIN stored s ON s.root = m.oid
       ORDER BY m.nspname, m.relname
      """
          .formatted(Tables.MOVED);

  public Definitions {
    byTable = Map.copyOf(byTable);
  }

  /**
   * One table.
   *
   * @param table as shown to people
   * @param oid the number that a table keeps under any name, and never shares with another
   * @param columns each with its type, by name
   * @param storage changes whenever the table's partitions or the files behind it do
   * @param published whether the publication that was asked for has it
   */
  public record Definition(
      String table,
      long oid,
      boolean partitioned,
      List<String> columns,
      String storage,
      boolean published) {
    public Definition {
      columns = columns.stream().sorted().toList();
    }
  }

  /**
   * The tables of the connection's database: the same as {@link Tables} finds.
   *
   * @param publication the name of the publication that is asked for; there may be none
   */
  public static Definitions load(Connection connection, String publication) throws SQLException {
    Map<String, Definition> definitions = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setString(1, publication);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String schema = row.getString(1);
          String name = row.getString(2);
          definitions.put(
              Table.quote(schema) + "." + Table.quote(name),
              new Definition(
                  schema + "." + name,
                  row.getLong(3),
                  row.getBoolean(4),
                  texts(row.getArray(6)),
                  row.getString(5),
                  row.getBoolean(7)));
        }
      }
    }
    return new Definitions(definitions);
  }

  private static List<String> texts(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }
}
