package org.turnout.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.report.Goal.Outcome;

/** Compares Turnout with what it is to reach; each comparison is within one run. */
public final class Goals {
  private static final double SESSION_BYTES = 8 * 1024;

  /** The Turnout whose reads go to green. */
  private static final String READS = "turnout+reads";

  private static final double START_MILLIS = 1000;

  /** How much the heap may differ between two collections without any COPY. */
  private static final long FLAT = 4L << 20;

  private final BenchReport report;
  private final List<Goal> goals = new ArrayList<>();

  private Goals(BenchReport report) {
    this.report = report;
  }

  public static List<Goal> evaluate(BenchReport report) {
    Goals goals = new Goals(report);
    for (String load : List.of("simple-1", "prepared-1", "simple-16", "prepared-16")) {
      goals.atMost(load, "CPU per query", Peer.PGBOUNCER, 1.0, r -> r.processorMicros().median());
    }
    for (String load : List.of("simple-1", "prepared-1")) {
      goals.atMost(load, "added p50", Peer.PGBOUNCER, 1.0, Goals::addedP50);
    }
    for (String load : List.of("simple-16", "prepared-16", "simple-64", "prepared-64")) {
      goals.throughput(load);
    }
    for (String load : List.of("simple-1", "prepared-1")) {
      goals.atMost(
          load, "CPU per query", "shardingsphere", 1.0 / 3, r -> r.processorMicros().median());
    }
    for (LoadFigures load : report.loads()) {
      if (load.row(READS).isPresent()) {
        goals.readsOn(load);
      }
    }
    goals.fresh();
    return List.copyOf(goals.goals);
  }

  private static double addedP50(LoadFigures.Row row) {
    Latency open = row.openLatency();
    return open == null ? row.latency().addedP50().median() : open.addedP50().median();
  }

  private void atMost(
      String load, String what, String peer, double limit, ToDoubleFunction<LoadFigures.Row> of) {
    if (report.load(load).isEmpty()) {
      return;
    }
    Optional<Double> ratio = ratio(load, peer, of);
    goals.add(
        new Goal(
            what + ", " + load,
            "at most " + decimals(limit) + " × " + peer,
            ratio.map(r -> decimals(r) + " × " + peer).orElse(peer + " was not measured"),
            ratio.map(r -> outcome(r <= limit)).orElse(Outcome.UNKNOWN)));
  }

  private void throughput(String load) {
    if (report.load(load).isEmpty()) {
      return;
    }
    Optional<Double> ratio = ratio(load, Peer.PGBOUNCER, row -> row.perSecond().median());
    goals.add(
        new Goal(
            "throughput, " + load,
            "at least 1.00 × pgbouncer",
            ratio.map(r -> decimals(r) + " × pgbouncer").orElse("pgbouncer was not measured"),
            ratio.map(r -> outcome(r >= 1)).orElse(Outcome.UNKNOWN)));
  }

  private void readsOn(LoadFigures load) {
    load.row(READS)
        .flatMap(
            reads ->
                load.row(Peer.TURNOUT)
                    .map(
                        plain ->
                            reads.processorMicros().median() / plain.processorMicros().median()))
        .ifPresent(
            ratio ->
                goals.add(
                    new Goal(
                        "CPU per query with reads on green, " + load.name(),
                        "at most 1.05 × turnout",
                        decimals(ratio) + " × turnout",
                        outcome(ratio <= 1.05))));
  }

  private Optional<Double> ratio(
      String load, String peer, ToDoubleFunction<LoadFigures.Row> figure) {
    return report
        .load(load)
        .flatMap(
            found ->
                found
                    .row(Peer.TURNOUT)
                    .flatMap(
                        turnout ->
                            found
                                .row(peer)
                                .map(
                                    other ->
                                        figure.applyAsDouble(turnout)
                                            / figure.applyAsDouble(other))));
  }

  private void fresh() {
    report
        .fresh(Peer.TURNOUT)
        .ifPresent(
            turnout -> {
              double session = turnout.residentPerSession();
              goals.add(
                  new Goal(
                      "resident memory of an idle session, of " + turnout.sessions(),
                      "at most 8.0 KiB",
                      String.format(Locale.ROOT, "%.1f KiB", session / 1024),
                      outcome(session <= SESSION_BYTES)));
              Long growth = turnout.copyHeapGrowth();
              goals.add(
                  new Goal(
                      String.format(
                          Locale.ROOT, "heap for a COPY of %.1f GB", turnout.copiedBytes() / 1e9),
                      "flat",
                      growth == null
                          ? "the heap could not be read"
                          : String.format(Locale.ROOT, "%+.1f MiB", growth / 1048576.0),
                      growth == null ? Outcome.UNKNOWN : outcome(growth <= FLAT)));
              Spread start = turnout.startMillis();
              if (start != null) {
                goals.add(
                    new Goal(
                        "start to first query served",
                        "under 1000 ms",
                        String.format(Locale.ROOT, "%.0f ms", start.median()),
                        outcome(start.median() < START_MILLIS)));
              }
            });
  }

  private static Outcome outcome(boolean met) {
    return met ? Outcome.MET : Outcome.MISSED;
  }

  private static String decimals(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
