package org.turnout.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.turnout.bench.peer.Peer;

/** The report as one page that needs nothing else: its style and its charts are in it. */
public final class HtmlReport {
  private final BenchReport report;
  private final StringBuilder out = new StringBuilder();

  private HtmlReport(BenchReport report) {
    this.report = report;
  }

  public static String of(BenchReport report) {
    HtmlReport page = new HtmlReport(report);
    page.page();
    return page.out.toString();
  }

  private void page() {
    out.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append("<title>What Turnout adds to a query</title><style>")
        .append(css())
        .append("</style></head><body><main>");
    head();
    glance();
    goals();
    out.append("<h2>Load by load</h2>");
    report.loads().forEach(this::load);
    fresh();
    conditions();
    out.append("</main></body></html>\n");
  }

  private static String css() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void head() {
    out.append("<h1>What Turnout adds to a query</h1>")
        .append("<p class=\"soft\">")
        .append(
            Html.escape(
                "%s · %s · %d processors · %d rounds of %.1f s, side by side%s"
                    .formatted(
                        report.startedAt().toString().substring(0, 16).replace('T', ' ') + " UTC",
                        report.server(),
                        report.machine().processors(),
                        report.rounds(),
                        report.roundSeconds(),
                        report.during().isEmpty() ? "" : " · during: " + report.during())))
        .append("</p><p>Bars are medians over the rounds, the thin lines reach from the lowest to")
        .append(" the highest round. Only comparisons within this page mean something.</p>")
        .append("<p class=\"key\">");
    for (BenchReport.Target target : report.targets()) {
      out.append("<span style=\"--colour:var(--")
          .append(BarChart.style(target.name()))
          .append(")\">")
          .append(Html.escape(target.name()))
          .append("</span>");
    }
    out.append("</p>");
  }

  private void glance() {
    BarChart processor = new BarChart("Processor time of the proxy for a query", " µs", 1);
    BarChart ratio = new BarChart("Throughput, the straight way being 1", "", 2);
    for (LoadFigures load : report.loads()) {
      if (load.queries() != 1 || !load.title().startsWith("one row by its key")) {
        continue;
      }
      processor.group(load.name());
      ratio.group(load.name());
      for (LoadFigures.Row row : load.rows()) {
        if (!row.target().equals(Peer.DIRECT)) {
          processor.bar(row.target(), row.processorMicros());
          ratio.bar(row.target(), row.ratio());
        }
      }
    }
    if (!processor.isEmpty()) {
      out.append("<h2>At a glance</h2><section class=\"card\"><div class=\"charts\">")
          .append(processor.svg())
          .append(ratio.svg())
          .append("</div></section>");
    }
  }

  private void goals() {
    if (report.goals().isEmpty()) {
      return;
    }
    out.append("<h2>Goals</h2><section class=\"card\"><div class=\"scroll\">")
        .append("<table class=\"words\"><tr><th>what</th><th>wanted</th><th>measured</th>")
        .append("<th></th></tr>");
    for (Goal goal : report.goals()) {
      String outcome = goal.outcome().name().toLowerCase(Locale.ROOT);
      out.append("<tr>");
      for (String cell : List.of(goal.what(), goal.wanted(), goal.measured())) {
        out.append("<td>").append(Html.escape(cell)).append("</td>");
      }
      out.append("<td class=\"").append(outcome).append("\">").append(outcome).append("</td></tr>");
    }
    out.append("</table></div></section>");
  }

  private void load(LoadFigures load) {
    out.append("<section class=\"card\"><h3>")
        .append(Html.escape(load.name()))
        .append("</h3><p class=\"soft\">")
        .append(Html.escape(load.title()))
        .append("</p><div class=\"charts\">")
        .append(
            chart(load, "Operations in a second", "", 0, true, LoadFigures.Row::perSecond).svg())
        .append(
            chart(
                    load,
                    "Processor time of the proxy for an operation",
                    " µs",
                    1,
                    false,
                    LoadFigures.Row::processorMicros)
                .svg());
    for (boolean open :
        load.openRate() == null ? new boolean[] {false} : new boolean[] {false, true}) {
      out.append(added(load, open).svg());
    }
    out.append("</div><details><summary>figures</summary>")
        .append(figures(load))
        .append("</details></section>");
  }

  private static BarChart chart(
      LoadFigures load,
      String caption,
      String unit,
      int decimals,
      boolean direct,
      Function<LoadFigures.Row, Spread> figure) {
    BarChart chart = new BarChart(caption, unit, decimals).group("");
    for (LoadFigures.Row row : load.rows()) {
      if (direct || !row.target().equals(Peer.DIRECT)) {
        chart.bar(row.target(), figure.apply(row));
      }
    }
    return chart;
  }

  private static BarChart added(LoadFigures load, boolean open) {
    String how =
        open
            ? "at a fixed rate of " + Html.number(rate(load), 0) + " per second"
            : "as fast as it goes";
    BarChart chart = new BarChart("Latency added, " + how, " µs", 0);
    List<String> names = List.of("p50", "p99", "p99.9");
    for (int i = 0; i < names.size(); i++) {
      chart.group(names.get(i));
      for (LoadFigures.Row row : load.rows()) {
        Latency latency = open ? row.openLatency() : row.latency();
        if (latency != null && !row.target().equals(Peer.DIRECT)) {
          chart.bar(
              row.target(),
              List.of(latency.addedP50(), latency.addedP99(), latency.addedP999()).get(i));
        }
      }
    }
    return chart;
  }

  private static double rate(LoadFigures load) {
    Double rate = load.openRate();
    return rate == null ? 0 : rate;
  }

  private static String figures(LoadFigures load) {
    List<List<String>> rows = new ArrayList<>();
    for (LoadFigures.Row row : load.rows()) {
      rows.add(line(row, row.latency(), row.processorMicros(), false));
      Latency open = row.openLatency();
      Spread processor = row.openProcessorMicros();
      if (open != null && processor != null) {
        rows.add(line(row, open, processor, true));
      }
    }
    return Html.table(
        "",
        List.of(
            "",
            "per second",
            "of direct",
            "CPU µs",
            "p50 µs",
            "p99 µs",
            "p99.9 µs",
            "+p50",
            "+p99",
            "+p99.9"),
        rows);
  }

  private static List<String> line(
      LoadFigures.Row row, Latency latency, Spread processor, boolean open) {
    return List.of(
        row.target() + (open ? ", fixed rate" : ""),
        open ? "" : Html.spread(row.perSecond(), 0),
        open ? "" : Html.spread(row.ratio(), 2),
        Html.spread(processor, 1),
        Html.number(latency.p50().median(), 0),
        Html.number(latency.p99().median(), 0),
        Html.number(latency.p999().median(), 0),
        Html.spread(latency.addedP50(), 0),
        Html.spread(latency.addedP99(), 0),
        Html.spread(latency.addedP999(), 0));
  }

  private void fresh() {
    if (report.fresh().isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (FreshFigures each : report.fresh()) {
      Spread start = each.startMillis();
      rows.add(
          List.of(
              each.target(),
              start == null ? "" : Html.spread(start, 0),
              Html.number(each.emptyBytes() / 1048576.0, 1),
              Html.number(each.sessions(), 0),
              Html.number(each.residentPerSession() / 1024, 2),
              optional(each.heapPerSession(), 1024),
              Html.number(each.copiedBytes() / 1e9, 1),
              Html.number(each.copyGrowth() / 1048576.0, 1),
              optional(each.copyHeapGrowth(), 1048576)));
    }
    out.append("<h2>Freshly started</h2><section class=\"card\">")
        .append(
            Html.table(
                "",
                List.of(
                    "",
                    "first answer, ms",
                    "empty, MiB",
                    "idle sessions",
                    "KiB each",
                    "heap each, KiB",
                    "COPY, GB",
                    "grown by it, MiB",
                    "heap grown, MiB"),
                rows))
        .append("</section>");
  }

  private static String optional(@Nullable Number value, double unit) {
    return value == null ? "" : Html.number(value.doubleValue() / unit, 2);
  }

  private void conditions() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("processor", report.machine().processor()));
    rows.add(List.of("kernel", report.machine().kernel()));
    rows.add(List.of("JVM", report.machine().jvm()));
    rows.add(List.of("load average at the start", Html.number(report.load(), 2)));
    rows.add(List.of("clients", report.driver()));
    report.targets().forEach(target -> rows.add(List.of(target.name(), target.version())));
    for (BenchReport.Target target : report.targets()) {
      String tls = target.tls();
      if (tls != null) {
        rows.add(List.of("TLS to " + target.name(), tls));
      }
    }
    report.skipped().forEach(each -> rows.add(List.of("not measured", each)));
    out.append("<h2>Conditions</h2><section class=\"card\">")
        .append(Html.table("words", List.of("", ""), rows))
        .append("</section>");
  }
}
