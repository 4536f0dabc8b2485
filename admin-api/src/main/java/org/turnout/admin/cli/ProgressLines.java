package org.turnout.admin.cli;

/**
 * Shows how far something is: one line drawn over and over where a person looks on; otherwise a
 * line whenever its word changes or another tenth is done. Confined to the command's thread.
 */
final class ProgressLines {
  private final Terminal terminal;
  private String shown = "";

  ProgressLines(Terminal terminal) {
    this.terminal = terminal;
  }

  void show(String word, int percent, String line) {
    if (terminal.interactive()) {
      terminal.draw(line);
      return;
    }
    String now = word + percent / 10;
    if (!now.equals(shown)) {
      shown = now;
      terminal.err().println(line);
    }
  }

  void end() {
    terminal.undraw();
  }
}
