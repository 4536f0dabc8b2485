package org.turnout.bench.workload;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Only reads, alone and in read-only transactions: what others write may come late, but never go
 * back within a session, and no transaction of others may be seen in part.
 */
final class ReaderClient extends Client {
  private static final String COUNT = "SELECT count(*) FROM ledger_entry WHERE client = ?";
  private static final String TRANSFERS = "SELECT count(*) FROM transfer";
  private static final String VERSION = "SELECT version FROM document WHERE id = ?";

  private final RandomGenerator random;
  private final int ledgerClients;
  private final Shop shop;
  private final Map<String, Long> seen = new HashMap<>();
  private int cycles;

  ReaderClient(
      int client,
      Surroundings surroundings,
      Shop shop,
      int ledgerClients,
      RandomGenerator random,
      long perSession) {
    super("reader-" + client, surroundings, perSession);
    this.shop = shop;
    this.random = random;
    this.ledgerClients = ledgerClients;
  }

  @Override
  void open(Session session) {
    seen.clear();
  }

  @Override
  void cycle(Session session) throws SQLException {
    int ledger = 1 + random.nextInt(ledgerClients);
    never(COUNT, ledger, session.one(COUNT, row -> row.getLong(1), ledger));
    int document = 1 + random.nextInt(Math.min(20, shop.documents()));
    never(VERSION, document, session.one(VERSION, row -> row.getLong(1), document));
    if (++cycles % 3 == 0) {
      session.beginReadOnly();
      BigDecimal total =
          session.one("SELECT sum(balance) FROM account", row -> row.getBigDecimal(1));
      never("transfers", 0, session.one(TRANSFERS, row -> row.getLong(1)));
      never(COUNT, ledger, session.one(COUNT, row -> row.getLong(1), ledger));
      never("transfers", 0, session.one(TRANSFERS, row -> row.getLong(1)));
      session.commit();
      shop.checkTotal(total, tally());
    }
  }

  private void never(String what, int which, long value) {
    Long before = seen.put(what + which, value);
    if (before != null && value < before) {
      tally().stale(name() + " saw " + before + " and then " + value + ": " + what);
    }
  }
}
