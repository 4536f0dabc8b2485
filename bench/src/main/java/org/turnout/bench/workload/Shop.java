package org.turnout.bench.workload;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The database that the workload works on, and what never changes in it.
 *
 * @param accounts accounts have the numbers from 1 to this
 * @param documents documents have the numbers from 1 to this
 * @param orderable highest number of customers and of articles that clients use
 * @param total sum of all balances
 */
public record Shop(int accounts, int documents, int orderable, BigDecimal total) {

  /** Reads the figures of a filled shop. */
  public static Shop read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM document), (SELECT"
                    + " count(DISTINCT sku) FROM price), (SELECT sum(balance) FROM account)")) {
      row.next();
      return new Shop(row.getInt(1), row.getInt(2), row.getInt(3), row.getBigDecimal(4));
    }
  }

  /** Makes types, tables, partitions, sequences and triggers. */
  public static void createSchema(Connection connection) throws SQLException {
    run(connection, "schema.sql");
  }

  /** Fills the tables. */
  public static void createRows(Connection connection) throws SQLException {
    run(connection, "rows.sql");
  }

  /** Lets an application's role use everything in the shop. */
  public static void grant(Connection connection, String role) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String schema : new String[] {"public", "audit"}) {
        statement.execute(
            "GRANT USAGE ON SCHEMA "
                + schema
                + " TO "
                + role
                + "; GRANT ALL ON ALL TABLES IN SCHEMA "
                + schema
                + " TO "
                + role
                + "; GRANT ALL ON ALL SEQUENCES IN SCHEMA "
                + schema
                + " TO "
                + role);
      }
    }
  }

  private static void run(Connection connection, String resource) throws SQLException {
    try (InputStream text = Shop.class.getResourceAsStream(resource);
        Statement statement = connection.createStatement()) {
      if (text == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      statement.execute(new String(text.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void checkTotal(BigDecimal read, Tally tally) {
    if (read.compareTo(total) != 0) {
      tally.broken("the balances are " + read + " in sum and not " + total);
    }
  }
}
