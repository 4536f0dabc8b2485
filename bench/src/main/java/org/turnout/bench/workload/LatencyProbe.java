package org.turnout.bench.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Measures what the way through a proxy costs: one thread asks for one row by its key, in turns
 * straight and through the proxy, so that both see the same load of the machine.
 */
public final class LatencyProbe {
  private static final int WARM_UP = 200;

  private LatencyProbe() {}

  /** What was measured on both ways. */
  public record Result(Percentiles direct, Percentiles proxied) {}

  /** Measures for the given time, after a warm-up. */
  public static Result measure(Target direct, Target proxied, Duration time) throws SQLException {
    Histogram directly = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
    Histogram through = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
    try (Connection one = direct.connect("probe direct");
        Connection other = proxied.connect("probe proxied");
        PreparedStatement straight = prepare(one);
        PreparedStatement way = prepare(other)) {
      long end = System.nanoTime() + time.toNanos();
      for (int i = 1; i <= WARM_UP || System.nanoTime() < end; i++) {
        long first = ask(straight, i);
        long second = ask(way, i);
        if (i > WARM_UP) {
          directly.recordValue(first);
          through.recordValue(second);
        }
      }
    }
    return new Result(Percentiles.of(directly), Percentiles.of(through));
  }

  private static PreparedStatement prepare(Connection connection) throws SQLException {
    return connection.prepareStatement("SELECT name, profile FROM customer WHERE id = ?");
  }

  private static long ask(PreparedStatement statement, int number) throws SQLException {
    long start = System.nanoTime();
    statement.setLong(1, 1 + number % 20_000);
    try (ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("customer " + number + " is missing");
      }
    }
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start);
  }
}
