package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The state of a route as a person reads it. */
final class StateText {
  private StateText() {}

  /** What one looks at first, on one line. */
  static String line(JsonNode state) {
    return String.format(
        Locale.ROOT,
        "%s: %s, primary %s, epoch %d, gate %s, %s %% of reads on green",
        state.path("name").asText(),
        state.path("phase").asText(),
        state.path("primary").asText(),
        state.path("epoch").asLong(),
        state.path("gate").asText(),
        percent(state.path("reads").path("green").asDouble()));
  }

  /** All of it. */
  static List<String> lines(JsonNode state) {
    List<String> lines = new ArrayList<>();
    lines.add(line(state));
    lines.add(
        String.format(
            Locale.ROOT,
            "  clients   %d on %s, %d in flight",
            state.path("sessions").asLong(),
            state.path("listen").asText(),
            state.path("inFlight").asLong()));
    lines.add("  sync      " + SyncText.line(state.path("sync")));
    lines.add("  compared  " + VerificationText.line(state.path("verification")));
    JsonNode rollback = state.path("rollback");
    lines.add(
        "  rollback  "
            + (rollback.path("ready").asBoolean()
                ? "ready"
                : "not ready: " + rollback.path("reason").asText()));
    if (state.path("lastSwitch").isObject()) {
      lines.add("  last      " + ReportText.summary(state.path("lastSwitch")));
    }
    for (JsonNode blocker : state.path("blockers")) {
      List<String> finding = ProblemText.finding(blocker);
      lines.add("  blocker   " + finding.getFirst());
      lines.add("            " + finding.getLast().strip());
    }
    return lines;
  }

  static String percent(double percent) {
    return percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent);
  }
}
