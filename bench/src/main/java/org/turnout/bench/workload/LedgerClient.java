package org.turnout.bench.workload;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Inserts rows whose key comes from a sequence, singly and in pipelines, remembers each that was
 * acknowledged, and reads its own writes at once, alone and in read-only transactions.
 */
final class LedgerClient extends Client {
  private static final String INSERT =
      "INSERT INTO ledger_entry (client, number, payload, amounts, weight, spent)"
          + " VALUES (?, ?, ?, ?, ?, make_interval(secs => ?))";
  private static final String OWN = "SELECT payload, amounts[1] FROM ledger_entry WHERE id = ?";
  private static final String OWN_COUNT =
      "SELECT count(*) FROM ledger_entry WHERE client = ? AND number = ANY (?)";

  private final int client;
  private final RandomGenerator random;
  private final Journal journal;

  LedgerClient(int client, Surroundings surroundings, RandomGenerator random, long perSession) {
    super("ledger-" + client, surroundings, perSession);
    this.client = client;
    this.random = random;
    this.journal = new Journal("ledger_entry", client);
  }

  Journal journal() {
    return journal;
  }

  @Override
  void open(Session session) {}

  @Override
  void cycle(Session session) throws SQLException {
    if (random.nextInt(10) == 0) {
      insertMany(session);
    } else {
      insertOne(session);
    }
  }

  private void insertOne(Session session) throws SQLException {
    String payload = payload();
    long number = journal.begin(payload);
    long id =
        session.one(
            INSERT + " RETURNING id", row -> row.getLong(1), arguments(session, number, payload));
    journal.acknowledge(number);
    tally().acknowledged();
    if (random.nextBoolean()) {
      readOwn(session, id, number, payload);
    } else {
      session.beginReadOnly();
      readOwn(session, id, number, payload);
      readOwnCount(session, List.of(number));
      session.commit();
    }
  }

  private void readOwn(Session session, long id, long number, String payload) throws SQLException {
    try {
      String read = session.one(OWN, row -> row.getString(1), id);
      if (!read.equals(payload)) {
        tally().broken(name() + " wrote " + payload + " and read " + read);
      }
    } catch (Session.MissingRowException e) {
      tally().stale(name() + " does not see its entry " + number);
    }
  }

  private void readOwnCount(Session session, List<Long> numbers) throws SQLException {
    Array wanted = session.connection().createArrayOf("bigint", numbers.toArray());
    long seen = session.one(OWN_COUNT, row -> row.getLong(1), client, wanted);
    if (seen != numbers.size()) {
      tally().stale(name() + " sees " + seen + " of its entries " + numbers);
    }
  }

  private void insertMany(Session session) throws SQLException {
    List<Object[]> rows = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String payload = payload();
      long number = journal.begin(payload);
      numbers.add(number);
      rows.add(arguments(session, number, payload));
    }
    session.begin();
    session.batch(INSERT, rows);
    session.commit();
    for (long number : numbers) {
      journal.acknowledge(number);
      tally().acknowledged();
    }
    readOwnCount(session, numbers);
  }

  private String payload() {
    return Long.toHexString(random.nextLong()) + " žluťoučký";
  }

  private Object[] arguments(Session session, long number, String payload) throws SQLException {
    Array amounts =
        session
            .connection()
            .createArrayOf(
                "numeric", new BigDecimal[] {BigDecimal.valueOf(number), BigDecimal.valueOf(3, 1)});
    return new Object[] {
      client, number, payload, amounts, random.nextDouble(), number % 1000 / 2.0
    };
  }
}
