package org.turnout.bench.demo;

import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * Shows the steps: on a terminal one line that moves, elsewhere a plain line at the start and the
 * end of a step and every few seconds between. Used by the demo's thread.
 */
final class Screen {
  private static final long PLAIN_NANOS = 5_000_000_000L;
  private static final int BAR = 24;

  private final PrintStream out;
  private final boolean terminal;
  private String step = "";
  private long stepStart;
  private long lastPlain;

  Screen(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  static Screen standard() {
    Console console = System.console();
    return new Screen(System.out, console != null && console.isTerminal());
  }

  void begin(String name, String description) {
    step = name;
    stepStart = System.nanoTime();
    lastPlain = stepStart;
    if (terminal) {
      moving(description);
    } else {
      line("  …  ", description);
    }
  }

  /** The step goes on. */
  void progress(String text) {
    if (terminal) {
      moving(text);
    } else if (System.nanoTime() - lastPlain > PLAIN_NANOS) {
      lastPlain = System.nanoTime();
      line("  …  ", text);
    }
  }

  /** The step has a known end. */
  void progress(double done, String text) {
    int filled = (int) Math.round(Math.clamp(done, 0, 1) * BAR);
    progress(
        String.format(
            Locale.ROOT,
            "[%s%s] %3.0f %%  %s",
            "#".repeat(filled),
            ".".repeat(BAR - filled),
            Math.clamp(done, 0, 1) * 100,
            text));
  }

  void end(String text) {
    if (terminal) {
      out.print("\r\033[K");
    }
    double seconds = (System.nanoTime() - stepStart) / 1e9;
    line(" ok  ", String.format(Locale.ROOT, "%s  (%.1f s)", text, seconds));
  }

  /** Something worth a line of its own inside a step. */
  void note(String text) {
    if (terminal) {
      out.print("\r\033[K");
    }
    line("  !  ", text);
  }

  private void moving(String text) {
    String line = String.format(Locale.ROOT, "  …   %-10s %s", step, text);
    out.print("\r\033[K" + line);
    out.flush();
  }

  private void line(String mark, String text) {
    out.printf(Locale.ROOT, "%s %-10s %s%n", mark, step, text);
    out.flush();
  }

  void say(String text) {
    out.println(text);
    out.flush();
  }

  /** The whole report, with what went wrong in words. */
  void report(DemoReport report, List<String> findings) {
    out.println();
    figure("requests", report.requests());
    figure("errors", report.errors());
    figure("acknowledged writes", report.acknowledgedWrites());
    figure("lost writes", report.lostWrites());
    figure("stale reads", report.staleReads());
    figure("rows compared", report.rowsCompared());
    figure("differences", report.differences());
    figure("invariant broken", report.invariantBroken());
    for (DemoReport.Switch each : report.cutovers()) {
      out.printf(Locale.ROOT, "  %-20s %s%n", each.direction(), each.words());
    }
    var latency = report.latencyMicros();
    out.printf(
        Locale.ROOT,
        "  %-20s direct p50 %d µs, p99 %d µs; through Turnout p50 %d µs, p99 %d µs%n",
        "latency",
        latency.direct().p50(),
        latency.direct().p99(),
        latency.proxied().p50(),
        latency.proxied().p99());
    out.printf(Locale.ROOT, "  %-20s %.1f s%n", "duration", report.durationMillis() / 1000.0);
    findings.forEach(each -> out.println("  ! " + each));
    out.flush();
  }

  private void figure(String name, long value) {
    out.printf(Locale.ROOT, "  %-20s %,d%n", name, value);
  }
}
