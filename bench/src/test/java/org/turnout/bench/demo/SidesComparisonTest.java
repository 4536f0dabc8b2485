package org.turnout.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.turnout.bench.workload.Shop;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;

class SidesComparisonTest {
  private static final String SAME =
      """
      SELECT setseed(0.5);
      INSERT INTO customer (email, name, tags, profile, created_at)
        SELECT n || '@x', 'ž', ARRAY['a', NULL], '{"b": [1.50, null]}', timestamptz 'epoch'
        FROM generate_series(1, 100) n;
      INSERT INTO document (id, customer_id, digest, content)
        SELECT n, n, 'd', decode(repeat('00ff', 5000), 'hex') FROM generate_series(1, 10) n;
      INSERT INTO price (sku, region, net, valid)
        SELECT 's' || n, 'eu', n / 3.0, daterange('2024-01-01', NULL) FROM generate_series(1, 50) n;
      INSERT INTO ledger_entry (client, number, payload, amounts, weight, spent, made_at)
        SELECT 1, n, 'p', ARRAY[n / 7.0], n / 7.0, n * interval '1 month 3 seconds', 'epoch'
        FROM generate_series(1, 50) n;
      """;

  @Test
  void equalRowsAreEqualOnBothMajors() throws Exception {
    try (PostgresDatabase one = shop(14);
        PostgresDatabase other = shop(18)) {
      assertThat(compare(one, other)).isEqualTo(new SidesComparison.Outcome(210, 0, List.of()));
    }
  }

  @Test
  void changedMissingAndSurplusRowsAreCountedAndShown() throws Exception {
    try (PostgresDatabase one = shop(14);
        PostgresDatabase other = shop(18)) {
      other.execute(
          "DELETE FROM document WHERE id = 3; UPDATE price SET net = net + 1 WHERE sku = 's1';"
              + "INSERT INTO ledger_entry (client, number, payload) VALUES (9, 9, 'more')");

      SidesComparison.Outcome outcome = compare(one, other);

      assertThat(outcome.differences()).isEqualTo(4);
      assertThat(outcome.samples())
          .contains("1 rows of public.document are on one side only")
          .contains("2 rows of public.price are on one side only")
          .anyMatch(each -> each.startsWith("only blue: (3,"))
          .anyMatch(each -> each.startsWith("only green: ") && each.contains("more"));
    }
  }

  @Test
  void aTableOnOneSideOnlyIsADifference() throws Exception {
    try (PostgresDatabase one = shop(14);
        PostgresDatabase other = shop(18)) {
      one.execute("CREATE TABLE more (id int PRIMARY KEY)");

      assertThat(compare(one, other).differences()).isEqualTo(1);
    }
  }

  private static PostgresDatabase shop(int major) throws Exception {
    PostgresDatabase database = SharedPostgres.database(major);
    try (Connection connection = database.connect()) {
      Shop.createSchema(connection);
    }
    database.execute(SAME);
    return database;
  }

  private static SidesComparison.Outcome compare(PostgresDatabase one, PostgresDatabase other)
      throws Exception {
    try (Connection left = one.connect();
        Connection right = other.connect()) {
      return SidesComparison.compare(left, right);
    }
  }
}
