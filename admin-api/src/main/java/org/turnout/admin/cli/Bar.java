package org.turnout.admin.cli;

import java.util.Locale;

/** A progress bar: {@code [######------] 50 % 5,000 of 10,000}. */
final class Bar {
  private static final int WIDTH = 24;

  private Bar() {}

  static String of(long done, long total) {
    int percent = percent(done, total);
    int full = WIDTH * percent / 100;
    return String.format(
        Locale.ROOT,
        "[%s%s] %3d %%  %,d of %,d",
        "#".repeat(full),
        "-".repeat(WIDTH - full),
        percent,
        done,
        Math.max(done, total));
  }

  /** Totals are estimates: more than all is all. */
  static int percent(long done, long total) {
    return total <= 0 ? 0 : (int) Math.min(100, done * 100 / total);
  }
}
