package org.turnout.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;

/**
 * The workload on a plain database: what it counts is true there, and it finds what is made wrong.
 */
class WorkloadTest {

  @Test
  void onAPlainDatabaseNothingIsWrongAndEverythingAcknowledgedIsThere() throws Exception {
    try (PostgresDatabase database = filled()) {
      Workload workload = run(database, 600);

      Settlement.Outcome outcome = settle(database, workload);

      assertThat(workload.tally().samples()).isEmpty();
      assertThat(outcome).isEqualTo(new Settlement.Outcome(0, 0, List.of()));
      assertThat(workload.tally().acknowledgedWrites()).isGreaterThan(500);
      assertThat(workload.tally().requests()).isGreaterThan(1_000);
      assertThat(workload.latencies().p99()).isPositive();
    }
  }

  @Test
  void lostDoubledAndFalsifiedWritesAreFound() throws Exception {
    try (PostgresDatabase database = filled()) {
      Workload workload = run(database, 300);
      database.execute(
          "DELETE FROM ledger_entry WHERE client = 1 AND number = 1;"
              + "INSERT INTO ledger_entry (client, number, payload)"
              + " SELECT client, number, payload FROM ledger_entry WHERE client = 1 AND number = 2;"
              + "UPDATE transfer SET payload = 'x' WHERE number = 1 AND client = 1;"
              + "UPDATE account SET balance = balance + 1 WHERE id = 1;"
              + "INSERT INTO ledger_entry (client, number, payload) VALUES (1, 999999, 'never')");

      Settlement.Outcome outcome = settle(database, workload);

      assertThat(outcome.samples())
          .anyMatch(each -> each.equals("ledger_entry 1/1 was acknowledged and is missing"))
          .anyMatch(each -> each.startsWith("ledger_entry 1/2 is there 2 times"))
          .anyMatch(each -> each.contains("was never written"))
          .anyMatch(each -> each.startsWith("1 accounts whose balance"));
      assertThat(outcome.lostWrites()).isBetween(2L, 3L);
      assertThat(outcome.invariantBroken()).isEqualTo(2);
    }
  }

  @Test
  void ordersPricesCustomersAndNotesThatWereAcknowledgedAndVanishedAreFound() throws Exception {
    try (PostgresDatabase database = filled()) {
      Workload workload = run(database, 600);
      assertThat(settle(database, workload).lostWrites()).isZero();
      database.execute(
          "DELETE FROM shop_order WHERE id = (SELECT max(id) FROM shop_order);"
              + "UPDATE price SET net = net + 1 WHERE sku LIKE 'own-1-renamed-%'"
              + " AND sku = (SELECT max(sku) FROM price WHERE sku LIKE 'own-1-renamed-%');"
              + "UPDATE customer SET profile = profile - 'seen' WHERE id ="
              + " (SELECT max(id) FROM customer WHERE profile ? 'seen');"
              + "UPDATE document SET note = 'older' WHERE id ="
              + " (SELECT max(id) FROM document WHERE note LIKE 'touch%')");

      Settlement.Outcome outcome = settle(database, workload);

      assertThat(outcome.lostWrites()).isEqualTo(4);
      assertThat(outcome.samples())
          .anyMatch(each -> each.startsWith("order ") && each.endsWith(" and is gone"))
          .anyMatch(each -> each.startsWith("price own-1-renamed-") && each.endsWith(" and is 2"))
          .anyMatch(each -> each.startsWith("customer ") && each.endsWith(" and is never"))
          .anyMatch(each -> each.startsWith("note of document ") && each.endsWith(" is older"));
    }
  }

  @Test
  void aServerKilledUnannouncedIsAnErrorAndAnnouncedIsAReconnect() throws Exception {
    try (PostgresServer server = PostgresServer.builder(14).start();
        PostgresDatabase database = fill(PostgresDatabase.create(server, "shop"))) {
      Workload workload = start(database);
      workload.awaitTurns(100);
      workload.outageBegins();
      server.kill();
      server.start();
      workload.outageEnded();
      workload.awaitTurns(200);
      assertThat(workload.tally().samples()).isEmpty();
      assertThat(workload.tally().reconnects()).isPositive();

      server.kill();
      server.start();
      workload.awaitTurns(200);
      workload.stop();

      assertThat(workload.tally().errors()).isPositive();
      assertThat(settle(database, workload)).isEqualTo(new Settlement.Outcome(0, 0, List.of()));
    }
  }

  private static PostgresDatabase filled() throws Exception {
    return fill(SharedPostgres.database(18));
  }

  private static PostgresDatabase fill(PostgresDatabase database) throws Exception {
    try (Connection connection = database.connect()) {
      Shop.createSchema(connection);
      Shop.createRows(connection);
    }
    return database;
  }

  private static Workload start(PostgresDatabase database) throws Exception {
    try (Connection connection = database.connect()) {
      Workload workload =
          new Workload(
              new Target(database.jdbcUrl(), "postgres", "postgres"),
              Shop.read(connection),
              50,
              42);
      workload.start();
      return workload;
    }
  }

  private static Workload run(PostgresDatabase database, int turns) throws Exception {
    Workload workload = start(database);
    workload.awaitTurns(turns);
    workload.stop();
    return workload;
  }

  private static Settlement.Outcome settle(PostgresDatabase database, Workload workload)
      throws Exception {
    try (Connection connection = database.connect()) {
      return workload.settlement().check(connection);
    }
  }
}
