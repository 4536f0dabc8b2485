package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** A problem document of the API as a person reads it. */
final class ProblemText {
  private ProblemText() {}

  static CommandFailure failure(JsonNode document) {
    List<String> lines = new ArrayList<>();
    JsonNode report = document.path("report");
    if (report.isObject()) {
      lines.addAll(ReportText.timeline(report));
    }
    document.path("findings").forEach(finding -> lines.addAll(finding(finding)));
    if (document.path("type").asText().endsWith(":unauthorized")) {
      lines.add("Give it with --token, or in the environment variable TURNOUT_TOKEN.");
    }
    return new CommandFailure(sentence(document), lines).withDocument(document.toString());
  }

  /** A finding with its advice below it. */
  static List<String> finding(JsonNode finding) {
    return List.of(
        finding.path("code").asText()
            + " ("
            + finding.path("subject").asText()
            + "): "
            + finding.path("message").asText(),
        "  " + finding.path("advice").asText());
  }

  private static String sentence(JsonNode document) {
    return switch (document.path("type").asText()) {
      case "urn:turnout:problem:aborted",
          "urn:turnout:problem:in-doubt",
          "urn:turnout:problem:incomplete" ->
          document.path("title").asText() + ". " + document.path("detail").asText();
      default -> document.path("detail").asText();
    };
  }
}
