package org.turnout.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.turnout.bench.report.Goal.Outcome;

/** From rounds to figures, goals, table and pages. */
class FiguresTest {
  private static Round round(double perSecond, double processorMicros, double p50) {
    return new Round(perSecond, processorMicros, p50, 2 * p50, 3 * p50);
  }

  private static LoadFigures load(String name, double turnoutMicros) {
    Map<String, List<Round>> closed = new LinkedHashMap<>();
    closed.put("direct", List.of(round(1000, 0, 100), round(2000, 0, 50), round(1000, 0, 90)));
    closed.put(
        "turnout",
        List.of(
            round(900, turnoutMicros, 130),
            round(1000, turnoutMicros, 90),
            round(800, turnoutMicros, 100)));
    closed.put("pgbouncer", List.of(round(700, 20, 140), round(900, 20, 100), round(700, 20, 130)));
    return LoadFigures.of(name, "a <load>", 1, 1, closed, null, Map.of());
  }

  private static BenchReport report(LoadFigures... loads) {
    FreshFigures fresh =
        new FreshFigures(
            "turnout",
            new Spread(1200, 1100, 1300),
            1 << 26,
            1000,
            4096,
            2048.0,
            1L << 30,
            0,
            512L);
    BenchReport report =
        new BenchReport(
            Instant.EPOCH,
            1,
            Machine.here(),
            0.5,
            "PostgreSQL 18",
            "own",
            "",
            3,
            1,
            List.of(
                new BenchReport.Target("turnout", "1", "ended by it: TLSv1.3"),
                new BenchReport.Target("other", "2", null)),
            List.of(loads),
            List.of(fresh),
            List.of(),
            List.of("this & more"));
    return report.withGoals(Goals.evaluate(report));
  }

  private static Outcome outcome(BenchReport report, String what) {
    return report.goals().stream()
        .filter(goal -> goal.what().startsWith(what))
        .findFirst()
        .orElseThrow()
        .outcome();
  }

  @Test
  void theMiddleOfAnEvenNumberOfRoundsIsBetweenTheMiddleTwo() {
    assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(new Spread(3, 1, 9));
  }

  @Test
  void aRatioAndWhatIsAddedAreTakenRoundByRound() {
    LoadFigures.Row turnout = load("simple-1", 10).row("turnout").orElseThrow();

    assertThat(turnout.ratio()).isEqualTo(new Spread(0.8, 0.5, 0.9));
    assertThat(turnout.latency().addedP50()).isEqualTo(new Spread(30, 10, 40));
    assertThat(turnout.processorMicros().median()).isEqualTo(10);
  }

  @Test
  void aGoalIsMetMissedOrUnknown() {
    BenchReport report = report(load("simple-1", 10), load("simple-16", 30));

    assertThat(outcome(report, "CPU per query, simple-1")).isEqualTo(Outcome.MET);
    assertThat(outcome(report, "CPU per query, simple-16")).isEqualTo(Outcome.MISSED);
    assertThat(outcome(report, "resident memory")).isEqualTo(Outcome.MET);
    assertThat(outcome(report, "start to first query")).isEqualTo(Outcome.MISSED);
    assertThat(report.goals())
        .filteredOn(goal -> goal.wanted().contains("shardingsphere"))
        .isNotEmpty()
        .allMatch(goal -> goal.outcome() == Outcome.UNKNOWN);
  }

  @Test
  void thePageNeedsNothingElseAndEscapesWhatItShows() {
    String page = HtmlReport.of(report(load("simple-1", 10)));

    assertThat(page)
        .startsWith("<!DOCTYPE html>")
        .contains(
            "<svg",
            "prefers-color-scheme: dark",
            "a &lt;load&gt;",
            "this &amp; more",
            "TLS to turnout",
            "ended by it: TLSv1.3")
        .doesNotContain("http:", "https:", "src=", "<link", "<script", "a <load>", "TLS to other");
  }

  @Test
  void theJsonHoldsEveryFigure() {
    assertThat(JsonReport.of(report(load("simple-1", 10))))
        .contains("\"startedAt\" : \"1970-01-01T00:00:00Z\"", "\"processorMicros\"", "\"kernel\"");
  }
}
