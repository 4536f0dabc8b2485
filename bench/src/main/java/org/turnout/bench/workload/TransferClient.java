package org.turnout.bench.workload;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.random.RandomGenerator;

/**
 * Moves money between accounts: the total never changes. Checks the total and its own last
 * transfer.
 */
final class TransferClient extends Client {
  private static final String LOCK = "SELECT balance FROM account WHERE id = ? FOR UPDATE";
  private static final String CHANGE =
      "UPDATE account SET balance = balance + ?, changed_at = clock_timestamp() WHERE id = ?";
  private static final String NOTE =
      "INSERT INTO transfer (client, number, payload, from_account, to_account, amount)"
          + " VALUES (?, ?, ?, ?, ?, ?)";
  private static final String OWN = "SELECT count(*) FROM transfer WHERE client = ? AND number = ?";

  private final RandomGenerator random;
  private final Journal journal;
  private final int client;
  private final Shop shop;
  private long cycles;

  TransferClient(int client, Surroundings surroundings, Shop shop, RandomGenerator random) {
    super("transfer-" + client, surroundings, Long.MAX_VALUE);
    this.client = client;
    this.random = random;
    this.shop = shop;
    this.journal = new Journal("transfer", client);
  }

  Journal journal() {
    return journal;
  }

  @Override
  void open(Session session) {}

  @Override
  void cycle(Session session) throws SQLException {
    transfer(session);
    if (++cycles % 5 == 0) {
      BigDecimal total =
          session.one("SELECT sum(balance) FROM account", row -> row.getBigDecimal(1));
      shop.checkTotal(total, tally());
    }
  }

  private void transfer(Session session) throws SQLException {
    int one = 1 + random.nextInt(shop.accounts() - 1);
    int other = one + 1 + random.nextInt(shop.accounts() - one);
    boolean ascending = random.nextBoolean();
    BigDecimal amount = BigDecimal.valueOf(1 + random.nextInt(500), 2);
    String payload = Long.toHexString(random.nextLong());
    long number = journal.begin(payload);
    session.begin();
    BigDecimal first = session.one(LOCK, row -> row.getBigDecimal(1), one);
    BigDecimal second = session.one(LOCK, row -> row.getBigDecimal(1), other);
    int from = ascending ? one : other;
    int to = ascending ? other : one;
    session.update(NOTE, client, number, payload, from, to, amount);
    boolean covered = (ascending ? first : second).compareTo(amount) >= 0;
    if (covered) {
      session.update(CHANGE, amount.negate(), from);
      session.update(CHANGE, amount, to);
    }
    if (!covered || random.nextInt(20) == 0) {
      session.rollback();
      journal.rolledBack(number);
      return;
    }
    session.commit();
    journal.acknowledge(number);
    tally().acknowledged();
    if (session.one(OWN, row -> row.getLong(1), client, number) != 1) {
      tally().stale(name() + " does not see its transfer " + number);
    }
  }
}
