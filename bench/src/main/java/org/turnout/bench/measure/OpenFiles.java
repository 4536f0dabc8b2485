package org.turnout.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many files, and so connections, a process may have open here. */
final class OpenFiles {
  /** Besides the sessions: libraries, listeners, the connections of Turnout itself. */
  private static final int OTHERS = 300;

  private OpenFiles() {}

  /** The most that the system lets a process raise its limit to. */
  static int limit() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String hard = line.replaceAll(" +", " ").split(" ")[4];
        return hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard);
      }
    }
    return 1024;
  }

  /** How many sessions a proxy can hold: two connections each. */
  static int sessions() throws IOException {
    return (limit() - OTHERS) / 2;
  }
}
