package org.turnout.admin.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;

/**
 * Where a command speaks to: results to {@code out}, everything else to {@code err}.
 *
 * @param interactive whether a person looks on, so that a line may be drawn over the one before
 */
public record Terminal(PrintWriter out, PrintWriter err, boolean interactive) {

  /** The standard streams of this process. */
  public static Terminal system() {
    java.io.Console console = System.console();
    Charset charset = console == null ? Charset.defaultCharset() : console.charset();
    return new Terminal(
        new PrintWriter(System.out, true, charset),
        new PrintWriter(System.err, true, charset),
        console != null && console.isTerminal());
  }

  /** Draws a line that the next one replaces. Only where a person looks on. */
  void draw(String line) {
    err.print("\r" + line + "\u001b[K");
    err.flush();
  }

  /** Removes the drawn line. */
  void undraw() {
    if (interactive) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }
}
