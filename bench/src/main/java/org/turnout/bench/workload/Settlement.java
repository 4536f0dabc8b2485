package org.turnout.bench.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what the clients were told with what the final primary holds, on a connection straight
 * to it, after the clients have ended.
 */
public final class Settlement {
  private final List<Journal> journals;
  private final List<DocumentClient> documentClients;
  private final List<ExpectedRows> expected;

  /** Every row that the clients of {@link ExpectedRows} change, with its value of now. */
  private static final String ROWS =
      """
      SELECT 'order ' || id, state || ' ' || trim_scale(total) FROM shop_order WHERE id >= 1000000
      UNION ALL
      SELECT 'price ' || sku || ' ' || region, trim_scale(net)::text FROM price
      UNION ALL
      SELECT 'customer ' || id, coalesce(profile ->> 'seen', 'never') FROM customer
      UNION ALL
      SELECT 'note of document ' || id, coalesce(note, 'none') FROM document\
      """;

  Settlement(
      List<Journal> journals, List<DocumentClient> documentClients, List<ExpectedRows> expected) {
    this.journals = journals;
    this.documentClients = documentClients;
    this.expected = expected;
  }

  /**
   * The outcome.
   *
   * @param lostWrites acknowledged writes that are missing, doubled or different
   * @param invariantBroken rows that must not be there, and sums that do not agree
   * @param samples the first findings in words
   */
  public record Outcome(long lostWrites, long invariantBroken, List<String> samples) {}

  /** Looks at every row that the clients wrote, and at the sums over all rows. */
  public Outcome check(Connection connection) throws SQLException {
    Findings lost = new Findings();
    Findings broken = new Findings();
    for (Journal journal : journals) {
      checkJournal(connection, journal, lost, broken);
    }
    checkDocuments(connection, lost, broken);
    checkExpected(connection, lost);
    checkSums(connection, broken);
    List<String> samples = new ArrayList<>(lost.samples);
    samples.addAll(broken.samples);
    return new Outcome(lost.count, broken.count, samples);
  }

  private static final class Findings {
    private long count;
    private final List<String> samples = new ArrayList<>();

    void add(String description) {
      count++;
      if (samples.size() < 10) {
        samples.add(description);
      }
    }
  }

  private record Row(String payload, int times) {}

  private static void checkJournal(
      Connection connection, Journal journal, Findings lost, Findings broken) throws SQLException {
    Map<Long, Row> rows = rows(connection, journal);
    journal
        .entries()
        .forEach(
            (number, entry) -> {
              Row row = rows.remove(number);
              String what = journal.table() + " " + journal.client() + "/" + number;
              switch (entry.fate()) {
                case ACKNOWLEDGED -> {
                  if (row == null) {
                    lost.add(what + " was acknowledged and is missing");
                  } else if (row.times() != 1 || !row.payload().equals(entry.payload())) {
                    lost.add(what + " is there " + row.times() + " times as " + row.payload());
                  }
                }
                case IN_DOUBT -> {
                  if (row != null && row.times() != 1) {
                    lost.add(what + " was written once and is there " + row.times() + " times");
                  }
                }
                case ROLLED_BACK -> {
                  if (row != null) {
                    broken.add(what + " was rolled back and is there");
                  }
                }
              }
            });
    rows.keySet()
        .forEach(number -> broken.add(journal.table() + " " + number + " was never written"));
  }

  private static Map<Long, Row> rows(Connection connection, Journal journal) throws SQLException {
    Map<Long, Row> rows = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT number, min(payload), count(*) FROM "
                + journal.table()
                + " WHERE client = ? GROUP BY number")) {
      statement.setInt(1, journal.client());
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          rows.put(found.getLong(1), new Row(found.getString(2), found.getInt(3)));
        }
      }
    }
    return rows;
  }

  private void checkDocuments(Connection connection, Findings lost, Findings broken)
      throws SQLException {
    Map<Integer, Long> found = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT id, version, md5(content) = digest FROM document")) {
      while (rows.next()) {
        found.put(rows.getInt(1), rows.getLong(2));
        if (!rows.getBoolean(3)) {
          broken.add("document " + rows.getInt(1) + " does not have the content of its version");
        }
      }
    }
    for (DocumentClient client : documentClients) {
      client
          .versions()
          .forEach(
              (document, version) -> {
                long there = found.getOrDefault(document, -1L);
                if (there < version) {
                  lost.add("document " + document + " is at " + there + ", not " + version);
                } else if (there > version + (client.inDoubt(document) ? 1 : 0)) {
                  broken.add("document " + document + " is at " + there + ", after " + version);
                }
              });
    }
  }

  private void checkExpected(Connection connection, Findings lost) throws SQLException {
    Map<String, String> found = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(ROWS)) {
      while (rows.next()) {
        found.put(rows.getString(1), rows.getString(2));
      }
    }
    expected.forEach(each -> each.compare(found, lost::add));
  }

  private static void checkSums(Connection connection, Findings broken) throws SQLException {
    sum(
        connection,
        broken,
        "accounts whose balance is not what their transfers left",
        """
        SELECT count(*) FROM account a WHERE balance <> opening_balance
          + coalesce((SELECT sum(amount) FROM transfer WHERE to_account = a.id), 0)
          - coalesce((SELECT sum(amount) FROM transfer WHERE from_account = a.id), 0)\
        """);
    sum(
        connection,
        broken,
        "orders whose total is not the sum of their lines",
        """
        SELECT count(*) FROM shop_order o WHERE id >= 1000000 AND total <> coalesce(
          (SELECT sum(amount) FROM order_line l
           WHERE l.order_id = o.id AND l.placed_at = o.placed_at), 0)\
        """);
    sum(
        connection,
        broken,
        "orders that their trigger did not note once",
        """
        SELECT count(*) FROM shop_order o
        LEFT JOIN (SELECT detail ->> 'order' AS id, count(*) AS times FROM audit.event
                   WHERE kind = 'order insert' GROUP BY 1) e ON e.id = o.id::text
        WHERE o.id >= 1000000 AND e.times IS DISTINCT FROM 1\
        """);
  }

  private static void sum(Connection connection, Findings broken, String what, String sql)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      if (row.getLong(1) != 0) {
        broken.add(row.getLong(1) + " " + what);
      }
    }
  }
}
