package org.turnout.sync.verify;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.turnout.embedded.PostgresDatabase;

/**
 * Writers of every kind on one database, from the constructor to {@link #stop}: steady, a few
 * hundred transactions a second, which any applier can follow.
 */
final class Traffic {
  static final String SCHEMA =
      """
      CREATE TABLE accounts (id int PRIMARY KEY, balance numeric NOT NULL, note text);
      CREATE TABLE transfers (id bigserial PRIMARY KEY, source int, target int, amount numeric,
        at timestamptz DEFAULT clock_timestamp());
      CREATE TABLE tokens (name text NOT NULL UNIQUE, value bytea);
      CREATE TABLE scratch (id serial PRIMARY KEY, v text);
      """;

  private final int accounts;
  private final LongAdder transactions = new LongAdder();
  private final ScheduledExecutorService threads;
  private final List<Connection> connections = new ArrayList<>();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  Traffic(PostgresDatabase database, int accounts, int writers) throws SQLException {
    this.accounts = accounts;
    this.threads = Executors.newScheduledThreadPool(writers);
    for (int i = 0; i < writers; i++) {
      Connection connection = database.connect();
      connection.setAutoCommit(false);
      connections.add(connection);
      Random random = new Random(i);
      int writer = i;
      AtomicInteger number = new AtomicInteger();
      threads.scheduleAtFixedRate(
          () -> write(connection, random, writer, number.incrementAndGet()),
          0,
          10,
          TimeUnit.MILLISECONDS);
    }
  }

  /** The rows that both sides begin with. */
  static String rows(int accounts) {
    return "INSERT INTO accounts SELECT n, 1000, repeat('n', n %% 50) FROM generate_series(1, %d) n;"
            .formatted(accounts)
        + "INSERT INTO tokens SELECT 't' || n, decode(md5(n::text), 'hex')"
        + " FROM generate_series(1, %d) n;".formatted(accounts / 10)
        + "ANALYZE";
  }

  long transactions() {
    return transactions.sum();
  }

  /** Ends the writers; fails when one of them did. */
  void stop() throws Exception {
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.MINUTES);
    for (Connection connection : connections) {
      connection.close();
    }
    Exception failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  private void write(Connection connection, Random random, int writer, int number) {
    try (Statement statement = connection.createStatement()) {
      for (String sql : transaction(random, writer, number)) {
        statement.execute(sql);
      }
      if (random.nextInt(20) == 0) {
        connection.rollback();
      } else {
        connection.commit();
      }
      transactions.increment();
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Rows with an odd number are never touched. */
  private List<String> transaction(Random random, int writer, int number) {
    int one = 2 * (1 + random.nextInt(accounts / 2 - 1));
    int other = 2 * (1 + random.nextInt(accounts / 2 - 1));
    return switch (random.nextInt(writer == 0 ? 8 : 7)) {
      case 0, 1, 2 ->
          List.of(
              "UPDATE accounts SET balance = balance - 1 WHERE id = " + Math.min(one, other),
              "UPDATE accounts SET balance = balance + 1 WHERE id = " + Math.max(one, other),
              "INSERT INTO transfers (source, target, amount) VALUES (%d, %d, 1)"
                  .formatted(one, other));
      case 3 -> List.of("DELETE FROM transfers WHERE id = (SELECT min(id) FROM transfers)");
      case 4 ->
          List.of(
              "UPDATE tokens SET name = 'w%d-%d' WHERE name = 't%d'"
                  .formatted(writer, number, one % (accounts / 10) / 2 * 2));
      case 5 -> List.of("INSERT INTO scratch (v) SELECT 'x' FROM generate_series(1, 20)");
      case 6 ->
          List.of(
              "UPDATE accounts SET note = repeat(md5('%d'), 100) WHERE id = %d"
                  .formatted(number, one));
      default -> List.of("TRUNCATE scratch");
    };
  }
}
