package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report of a cutover or rollback as a person reads it. */
final class ReportText {
  private ReportText() {}

  static String summary(JsonNode report) {
    return String.format(
        Locale.ROOT,
        "%s: %s, epoch %d, clients were held for %s",
        report.path("direction").asText(),
        report.path("outcome").asText(),
        report.path("epoch").asLong(),
        millis(report.path("pauseMicros").asLong()));
  }

  /** One line a step: when it began, how long it took, what it was. */
  static List<String> timeline(JsonNode report) {
    List<String> lines = new ArrayList<>();
    report
        .path("timeline")
        .forEach(
            step ->
                lines.add(
                    String.format(
                            Locale.ROOT,
                            "%+12.3f ms  %10s  %s  %s",
                            step.path("startMicros").asLong() / 1000.0,
                            millis(step.path("durationMicros").asLong()),
                            step.path("name").asText(),
                            step.path("note").asText())
                        .stripTrailing()));
    return lines;
  }

  static String millis(long micros) {
    return String.format(Locale.ROOT, "%.3f ms", micros / 1000.0);
  }
}
