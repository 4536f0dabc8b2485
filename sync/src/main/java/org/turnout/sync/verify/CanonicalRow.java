package org.turnout.sync.verify;

import static org.turnout.sync.side.Table.quote;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.turnout.sync.side.Column;
import org.turnout.sync.side.Table;

/**
 * SQL expressions over a table {@code t} that give the same text for the same row on every server,
 * and different texts for different rows.
 *
 * <p>The canonical text of a row is {@code ROW(a, b, …)::text}: each value by the output function
 * of its type (never a cast, which may trim), quoted where it must be, NULL as nothing and the
 * empty string as {@code ""}. It rests on the settings that {@link FrozenSide} pins. Types whose
 * output function changed between majors are replaced by a form that did not.
 */
final class CanonicalRow {
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");

  private final Table table;
  private final RowHash hash;
  private final Versions versions;

  /** The majors of both servers. */
  record Versions(int older, int newer) {
    boolean straddle(int major) {
      return older < major && newer >= major;
    }
  }

  CanonicalRow(Table table, RowHash hash, Versions versions) {
    this.table = table;
    this.hash = hash;
    this.versions = versions;
  }

  /** The table as a source of rows, called {@code t}; children of an ordinary table are not it. */
  String from() {
    return (table.partitioned() ? "" : "ONLY ") + table.sqlName() + " AS t";
  }

  /** The digest of the whole row. */
  String digest() {
    return hash.digest(row());
  }

  private String row() {
    return "ROW("
        + table.columns().stream().map(this::value).collect(Collectors.joining(", "))
        + ")::text";
  }

  /** How a row without a key is shown. */
  String beginning() {
    return "left(" + row() + ", 200)";
  }

  /** The digest of one column. */
  String columnDigest(Column column) {
    return RowHash.md5("ROW(" + value(column) + ")::text");
  }

  private String value(Column column) {
    String value = "t." + quote(column.name());
    // Since 15 a byte above 127 is shown in octal.
    return column.type().equals("\"char\"") && versions.straddle(15)
        ? "(" + value + ")::integer"
        : value;
  }

  /** Each key column as the text of its output function. */
  List<String> keyTexts() {
    return table.key().stream().map(key -> "format('%s', t." + quote(key) + ")").toList();
  }

  /**
   * The number, 0 to {@code buckets - 1}, of the bucket of a row; a power of two.
   *
   * @param digest the row's digest, which places rows of a table without a key
   */
  String bucket(int buckets, String digest) {
    return "(" + spread(digest) + " & " + (buckets - 1) + ")::integer";
  }

  private String spread(String digest) {
    if (table.key().isEmpty()) {
      return hash.first(digest);
    }
    if (table.key().size() == 1 && INTEGERS.contains(column(table.key().getFirst()).type())) {
      String key = "t." + quote(table.key().getFirst()) + "::bigint";
      // Keys may carry their entropy in high bits (snowflake identifiers).
      return "(%1$s # (%1$s >> 17) # (%1$s >> 34))".formatted(key);
    }
    String key =
        table.key().stream().map(name -> "t." + quote(name)).collect(Collectors.joining(", "));
    return hash.first(hash.digest("ROW(" + key + ")::text"));
  }

  /**
   * A join of the table with key values given as one array of texts per key column; {@code
   * w.number} counts the keys from 1.
   */
  String wanted() {
    List<String> key = table.key();
    String arrays = key.stream().map(name -> "?::text[]").collect(Collectors.joining(", "));
    String names =
        IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
    String equal =
        IntStream.range(0, key.size())
            .mapToObj(i -> equal(key.get(i), "w.k" + i))
            .collect(Collectors.joining(" AND "));
    return "unnest(%s) WITH ORDINALITY AS w(%s, number) JOIN %s ON %s"
        .formatted(arrays, names, from(), equal);
  }

  /** By the operator's full name: types of extensions have theirs in another schema. */
  private String equal(String key, String text) {
    Column column = column(key);
    return "t." + quote(key) + " " + column.equality() + " " + text + "::" + column.type();
  }

  private Column column(String name) {
    return table.columns().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
