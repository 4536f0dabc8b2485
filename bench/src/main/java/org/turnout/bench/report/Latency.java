package org.turnout.bench.report;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Latencies in microseconds, and how much of them the proxy adds: the difference to the straight
 * way in the same round.
 */
public record Latency(
    Spread p50, Spread p99, Spread p999, Spread addedP50, Spread addedP99, Spread addedP999) {

  interface Percentile {
    double of(Round round);
  }

  static Latency of(List<Round> rounds, List<Round> direct) {
    return new Latency(
        spread(rounds, Round::p50),
        spread(rounds, Round::p99),
        spread(rounds, Round::p999),
        added(rounds, direct, Round::p50),
        added(rounds, direct, Round::p99),
        added(rounds, direct, Round::p999));
  }

  private static Spread spread(List<Round> rounds, Percentile percentile) {
    return Spread.of(rounds.stream().map(percentile::of).toList());
  }

  private static Spread added(List<Round> rounds, List<Round> direct, Percentile percentile) {
    return Spread.of(
        IntStream.range(0, Math.min(rounds.size(), direct.size()))
            .mapToObj(i -> percentile.of(rounds.get(i)) - percentile.of(direct.get(i)))
            .toList());
  }
}
