package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.turnout.embedded.PostgresDatabase;

/**
 * Transactions of every kind from several connections at once, drawn from a seed. What the server
 * refuses (a unique value taken, a deadlock, a cut connection) is rolled back and forgotten, as an
 * application would after its error message.
 */
final class RandomWorkload implements AutoCloseable {
  static final String SCHEMA =
      """
      CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text);
      CREATE TABLE seat (id int PRIMARY KEY, place int UNIQUE, holder text, big text);
      CREATE TABLE line (a int, b text, v int, big text, PRIMARY KEY (a, b));
      CREATE TABLE keyed (k1 int NOT NULL, k2 int NOT NULL, v text, UNIQUE (k2, k1));
      CREATE TABLE region (id int, at int, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE region_low PARTITION OF region FOR VALUES FROM (0) TO (50);
      CREATE TABLE region_high PARTITION OF region FOR VALUES FROM (50) TO (100);
      CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
      CREATE TABLE brief (id int PRIMARY KEY);
      CREATE TABLE brief_part (id int PRIMARY KEY, brief int REFERENCES brief);
      CREATE TABLE vehicle (id int PRIMARY KEY, note text);
      CREATE TABLE truck (axles int, PRIMARY KEY (id)) INHERITS (vehicle);
      INSERT INTO account SELECT i, 1000, NULL FROM generate_series(0, 99) i;
      INSERT INTO seat SELECT i, i, 'nobody' FROM generate_series(0, 59) i;
      """;

  private static final String LARGE =
      "(SELECT string_agg(md5(random()::text || g), '') FROM generate_series(1, %d) g)";

  private final PostgresDatabase database;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong committed = new AtomicLong();
  private volatile boolean stopped;

  RandomWorkload(PostgresDatabase database) {
    this.database = database;
  }

  /** Begins; each connection ends after so many tries, or when stopped. */
  RandomWorkload start(long seed, int connections, int transactions) {
    for (int i = 0; i < connections; i++) {
      Random random = new Random(seed + i);
      threads.add(Thread.ofPlatform().name("workload-" + i).start(() -> run(random, transactions)));
    }
    return this;
  }

  /** Waits until every connection has ended; returns the number of commits. */
  long join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    return committed.get();
  }

  long committed() {
    return committed.get();
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    join();
  }

  private void run(Random random, int transactions) {
    int left = transactions;
    while (left > 0 && !stopped) {
      try (Connection connection = database.connect()) {
        connection.setAutoCommit(false);
        while (left-- > 0 && !stopped) {
          transaction(connection, random);
        }
      } catch (SQLException e) {
        // The server is away: go on when it is back.
        Thread.onSpinWait();
      }
    }
  }

  private void transaction(Connection connection, Random random) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '2s'");
      int steps = 1 + random.nextInt(4);
      for (int i = 0; i < steps; i++) {
        boolean undone = random.nextInt(10) == 0;
        if (undone) {
          statement.execute("SAVEPOINT undone");
        }
        statement.execute(step(random));
        if (undone) {
          statement.execute("ROLLBACK TO undone");
        }
      }
      if (random.nextInt(10) == 0) {
        connection.rollback();
      } else {
        connection.commit();
        committed.incrementAndGet();
      }
    } catch (SQLException e) {
      connection.rollback();
    }
  }

  private static String step(Random random) {
    int a = random.nextInt(100);
    int b = random.nextInt(100);
    int n = random.nextInt(1_000_000);
    return switch (random.nextInt(28)) {
      case 0, 1, 2 ->
          "UPDATE account SET balance = balance - 1 WHERE id = %d; UPDATE account SET balance = balance + 1 WHERE id = %d"
              .formatted(a, b);
      case 3 -> "UPDATE account SET note = " + LARGE.formatted(1 + n % 300) + " WHERE id = " + a;
      case 4 ->
          "UPDATE seat SET place = -1 - place WHERE id IN (%1$d, %2$d); UPDATE seat SET place = (SELECT -1 - place FROM seat WHERE id = %2$d) WHERE id = %1$d AND %1$d <> %2$d"
              .formatted(a % 60, b % 60);
      case 5 ->
          "WITH two AS (SELECT x.id one, x.place p, y.id other, y.place q FROM seat x, seat y WHERE x.id = %1$d AND y.id = %2$d AND x.id <> y.id), off AS (SELECT 1) UPDATE seat s SET place = s.place + 1000000 FROM two WHERE s.id = two.one; UPDATE seat SET place = %3$d WHERE id = %2$d; UPDATE seat SET place = place - 999999 WHERE id = %1$d"
              .formatted(a % 60, b % 60, 2_000_000 + n);
      case 6 ->
          "UPDATE seat SET big = "
              + LARGE.formatted(150)
              + ", holder = 'h"
              + n
              + "' WHERE id = "
              + a % 60;
      case 7 -> "UPDATE seat SET id = id + 60 WHERE id = " + a % 60;
      case 8 -> "UPDATE seat SET id = id - 60 WHERE id = " + (60 + a % 60);
      case 9 ->
          "DELETE FROM seat WHERE id = %d; INSERT INTO seat VALUES (%d, %d, 'new')"
              .formatted(a % 60, a % 60, 3_000_000 + n);
      case 10, 11 ->
          "INSERT INTO line VALUES (%d, 'b%d', %d, %s) ON CONFLICT (a, b) DO UPDATE SET v = line.v + 1"
              .formatted(a, b % 5, n, n % 4 == 0 ? LARGE.formatted(200) : "NULL");
      case 12 -> "UPDATE line SET b = b || 'x' WHERE a = " + a;
      case 13 -> "DELETE FROM line WHERE a = " + a;
      case 14 ->
          "INSERT INTO keyed VALUES (%d, %d, 'v') ON CONFLICT DO NOTHING".formatted(a, b % 10);
      case 15 ->
          "UPDATE keyed SET k1 = k1 + 1000, v = "
              + LARGE.formatted(100)
              + " WHERE k2 = "
              + b % 10
              + " AND k1 = "
              + a;
      case 16 -> "DELETE FROM keyed WHERE k1 % 7 = " + a % 7;
      case 17 ->
          "INSERT INTO region SELECT %1$d, g, 'v' FROM generate_series(%2$d, %2$d + 5) g ON CONFLICT DO NOTHING"
              .formatted(a, b % 90);
      case 18 ->
          "UPDATE region SET at = (at + 49) %% 100 WHERE id = %d AND at = %d".formatted(a, b);
      case 19, 20, 21 ->
          "INSERT INTO event (what) SELECT 'e' || g FROM generate_series(1, %d) g"
              .formatted(1 + n % 5);
      case 22 ->
          n % 5 == 0
              ? "TRUNCATE brief CASCADE; INSERT INTO brief VALUES (" + n + ")"
              : "INSERT INTO brief VALUES (%1$d); INSERT INTO brief_part VALUES (%1$d, %1$d)"
                  .formatted(n);
      case 23 ->
          "INSERT INTO vehicle VALUES (%1$d, 'v') ON CONFLICT (id) DO UPDATE SET note = vehicle.note || 'v'; INSERT INTO truck VALUES (%1$d, 't', %2$d) ON CONFLICT (id) DO UPDATE SET axles = %2$d"
              .formatted(a, b);
      case 24 ->
          "UPDATE %1$s vehicle SET note = %2$s WHERE id = %3$d"
              .formatted(n % 2 == 0 ? "ONLY" : "", n % 3 == 0 ? LARGE.formatted(150) : "'w'", a);
      case 25 -> "UPDATE ONLY vehicle SET id = id + 100 WHERE id = %d AND id < 100".formatted(a);
      case 26 ->
          n % 20 == 0
              ? "TRUNCATE ONLY vehicle"
              : "DELETE FROM %s vehicle WHERE id = %d".formatted(n % 2 == 0 ? "ONLY" : "", a);
      default ->
          n % 10 == 0
              ? "INSERT INTO event (what) SELECT repeat('large', 40) || g FROM generate_series(1,"
                  + " 20000) g; UPDATE account SET note = 'all'"
              : "UPDATE account SET balance = balance WHERE id < " + a % 20;
    };
  }
}
