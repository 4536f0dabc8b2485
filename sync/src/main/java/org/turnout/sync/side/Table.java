package org.turnout.sync.side;

import java.util.List;

/**
 * One table that is moved. A partitioned table is moved by its root; its partitions are not listed.
 *
 * @param columns in attribute order, without generated and dropped ones
 * @param key the columns of the primary key, else of a unique index over columns that are NOT NULL;
 *     empty when there is none
 * @param estimatedRows the planner's estimate, at least 0
 * @param bytes size on disk of the table and its partitions with TOAST, without indexes
 */
public record Table(
    String schema,
    String name,
    List<Column> columns,
    List<String> key,
    boolean partitioned,
    long estimatedRows,
    long bytes) {
  public Table {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  /** Whether rows are named by a key; those of other tables only by all they hold. */
  public boolean hasKey() {
    return !key.isEmpty();
  }

  /** Schema and name, quoted, ready for a statement. */
  public String sqlName() {
    return quote(schema) + "." + quote(name);
  }

  /** Schema and name as shown to people, for example {@code public.orders}. */
  public String displayName() {
    return schema + "." + name;
  }

  /** An identifier in double quotes, quotes inside doubled. */
  public static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
