package org.turnout.bench.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A comparison of both sides that owes nothing to Turnout: every row of every table as text, hashed
 * by the servers. Both must stand still. Where a table's sum differs, its rows are matched one by
 * one.
 */
final class SidesComparison {
  private static final String TABLES =
      """
      SELECT format('%I.%I', n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'turnout')
      ORDER BY 1\
      """;

  private SidesComparison() {}

  /** The outcome, with the first findings in words. */
  record Outcome(long rowsCompared, long differences, List<String> samples) {}

  static Outcome compare(Connection blue, Connection green) throws SQLException {
    settings(blue);
    settings(green);
    List<String> tables = tables(blue);
    if (!tables.equals(tables(green))) {
      return new Outcome(0, 1, List.of("the tables differ: " + tables + " and " + tables(green)));
    }
    long rows = 0;
    long differences = 0;
    List<String> samples = new ArrayList<>();
    for (String table : tables) {
      Sum one = sum(blue, table);
      rows += one.rows();
      if (!one.equals(sum(green, table))) {
        Map<String, Integer> unmatched = unmatched(blue, green, table);
        long count = unmatched.values().stream().mapToLong(Math::abs).sum();
        differences += Math.max(1, count);
        samples.add(count + " rows of " + table + " are on one side only");
        unmatched.entrySet().stream()
            .limit(3)
            .map(each -> (each.getValue() > 0 ? "only blue: " : "only green: ") + each.getKey())
            .forEach(samples::add);
      }
    }
    return new Outcome(rows, differences, samples);
  }

  /** Equal settings on both sides make equal values equal texts. */
  private static void settings(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';"
              + " SET extra_float_digits = 1; SET bytea_output = 'hex'");
    }
  }

  private static List<String> tables(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TABLES)) {
      while (rows.next()) {
        tables.add(rows.getString(1));
      }
    }
    return tables;
  }

  private record Sum(long rows, String hash) {}

  private static Sum sum(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint"
                    + "::numeric), 0)::text FROM "
                    + table
                    + " AS t")) {
      row.next();
      return new Sum(row.getLong(1), row.getString(2));
    }
  }

  /**
   * Rows by the start of their text and their hash: more on blue is positive, on green negative.
   */
  private static Map<String, Integer> unmatched(Connection blue, Connection green, String table)
      throws SQLException {
    Map<String, Integer> counts = new HashMap<>();
    count(blue, table, 1, counts);
    count(green, table, -1, counts);
    counts.values().removeIf(count -> count == 0);
    return counts;
  }

  private static void count(
      Connection connection, String table, int step, Map<String, Integer> counts)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT left(t::text, 150) || ' ' || md5(t::text) FROM " + table + " AS t")) {
      while (rows.next()) {
        counts.merge(rows.getString(1), step, Integer::sum);
      }
    }
  }
}
