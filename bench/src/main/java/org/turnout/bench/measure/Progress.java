package org.turnout.bench.measure;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/**
 * How far the measurement is and how long it still takes: one moving line on a terminal, elsewhere
 * a line every few seconds. On the error stream, so that the table can be kept apart. Used by the
 * measuring thread.
 */
final class Progress {
  private static final int BAR = 24;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private int total = 1;
  private int done;
  private long start = System.nanoTime();
  private long lastPlain = start - PLAIN_NANOS;

  Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  static Progress standard() {
    Console console = System.console();
    return new Progress(System.err, console != null && console.isTerminal());
  }

  /** The measurement begins, of so many slices. */
  void begin(int slices) {
    total = Math.max(1, slices);
    done = 0;
    start = System.nanoTime();
  }

  /** A slice is over. */
  void slice() {
    done++;
  }

  /** What goes on now. */
  void now(String what) {
    if (!terminal && System.nanoTime() - lastPlain < PLAIN_NANOS) {
      return;
    }
    lastPlain = System.nanoTime();
    double part = Math.min(1, (double) done / total);
    int filled = (int) Math.round(part * BAR);
    String line =
        String.format(
            Locale.ROOT,
            "[%s%s] %3.0f %%  %s  %s",
            "#".repeat(filled),
            ".".repeat(BAR - filled),
            part * 100,
            left(part),
            what);
    out.print(terminal ? "\r\033[K" + line : line + "\n");
    out.flush();
  }

  private String left(double part) {
    if (part == 0) {
      return "-:-- left";
    }
    long seconds = (long) ((System.nanoTime() - start) / 1e9 * (1 - part) / part);
    return String.format(Locale.ROOT, "%d:%02d left", seconds / 60, seconds % 60);
  }

  /** Makes room for the table. */
  void clear() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }
}
