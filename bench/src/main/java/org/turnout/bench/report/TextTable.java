package org.turnout.bench.report;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The report for a terminal. */
public final class TextTable {
  private static final String HEAD = "  %-14s %10s %7s %13s %9s %13s %9s %9s %9s%n";
  private final PrintStream out;

  public TextTable(PrintStream out) {
    this.out = out;
  }

  /** One load, as soon as it is measured. */
  public void load(LoadFigures load) {
    out.printf(Locale.ROOT, "%n%s: %s%n", load.name(), load.title());
    out.printf(
        HEAD,
        "",
        "per s",
        "direct",
        "(min–max)",
        "CPU µs",
        "(min–max)",
        "+p50 µs",
        "+p99 µs",
        "+p99.9");
    for (LoadFigures.Row row : load.rows()) {
      closed(row);
    }
    Double rate = load.openRate();
    if (rate != null) {
      out.printf(Locale.ROOT, "  at a fixed rate of %,.0f per second (open loop)%n", rate);
      load.rows().forEach(this::open);
    }
    out.flush();
  }

  private void closed(LoadFigures.Row row) {
    Latency latency = row.latency();
    line(
        row.target(),
        String.format(Locale.ROOT, "%,.0f", row.perSecond().median()),
        String.format(Locale.ROOT, "%.3f", row.ratio().median()),
        range(row.ratio(), "%.2f"),
        row.processorMicros(),
        latency);
  }

  private void open(LoadFigures.Row row) {
    Latency latency = row.openLatency();
    Spread processor = row.openProcessorMicros();
    if (latency != null && processor != null) {
      line(row.target(), "", "", "", processor, latency);
    }
  }

  private void line(
      String target,
      String perSecond,
      String ratio,
      String ratioRange,
      Spread processor,
      Latency latency) {
    boolean direct = processor.max() == 0;
    out.printf(
        HEAD,
        target,
        perSecond,
        ratio,
        ratioRange,
        direct ? "" : String.format(Locale.ROOT, "%.1f", processor.median()),
        direct ? "" : range(processor, "%.1f"),
        latency(direct ? latency.p50() : latency.addedP50(), direct),
        latency(direct ? latency.p99() : latency.addedP99(), direct),
        latency(direct ? latency.p999() : latency.addedP999(), direct));
  }

  private static String latency(Spread spread, boolean whole) {
    return String.format(Locale.ROOT, whole ? "=%.0f" : "%+.0f", spread.median());
  }

  private static String range(Spread spread, String format) {
    return String.format(Locale.ROOT, format + "–" + format, spread.min(), spread.max());
  }

  /** Freshly started processes. */
  public void fresh(List<FreshFigures> figures) {
    if (figures.isEmpty()) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "%nfresh processes, %,d idle sessions, then one COPY of %.1f GB%n",
        figures.getFirst().sessions(),
        figures.getFirst().copiedBytes() / 1e9);
    out.printf(
        "  %-14s %10s %10s %14s %14s %12s %12s%n",
        "", "start ms", "empty MiB", "KiB/session", "heap/session", "COPY +RSS", "COPY +heap");
    for (FreshFigures each : figures) {
      Spread start = each.startMillis();
      out.printf(
          Locale.ROOT,
          "  %-14s %10s %10.1f %14.2f %14s %12s %12s%n",
          each.target(),
          start == null ? "" : String.format(Locale.ROOT, "%.0f", start.median()),
          each.emptyBytes() / 1048576.0,
          each.residentPerSession() / 1024,
          kibibytes(each.heapPerSession()),
          mebibytes(each.copyGrowth()),
          each.copyHeapGrowth() == null ? "" : mebibytes(each.copyHeapGrowth()));
    }
  }

  private static String kibibytes(@Nullable Double bytes) {
    return bytes == null ? "" : String.format(Locale.ROOT, "%.2f KiB", bytes / 1024);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%+.1f MiB", bytes / 1048576.0);
  }

  /** What is to be reached. */
  public void goals(List<Goal> goals) {
    out.printf("%ngoals%n");
    for (Goal goal : goals) {
      out.printf(
          "  %-7s %-44s %-28s %s%n",
          switch (goal.outcome()) {
            case MET -> "met";
            case MISSED -> "MISSED";
            case UNKNOWN -> "?";
          },
          goal.what(),
          goal.wanted(),
          goal.measured());
    }
    out.flush();
  }

  /** What went on in the background; empty for nothing. */
  public void during(String what) {
    if (!what.isEmpty()) {
      out.println("  during: " + what);
    }
  }

  /** How the clients' connections were encrypted where they were. */
  public void encryption(List<BenchReport.Target> targets) {
    for (BenchReport.Target target : targets) {
      if (target.tls() != null) {
        out.println("  TLS to " + target.name() + ": " + target.tls());
      }
    }
  }

  /** What was not measured. */
  public void skipped(List<String> skipped) {
    skipped.forEach(each -> out.println("  not measured: " + each));
    out.flush();
  }
}
