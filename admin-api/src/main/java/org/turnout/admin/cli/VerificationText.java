package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A comparison of both sides as a person reads it. */
final class VerificationText {
  private static final int KEYS_SHOWN = 20;

  private VerificationText() {}

  static String line(JsonNode verification) {
    if (!verification.isObject()) {
      return "not yet";
    }
    if (verification.path("running").asBoolean()) {
      return "comparing " + progress(verification);
    }
    if (verification.path("error").isTextual()) {
      return "could not be completed: " + verification.path("error").asText();
    }
    JsonNode result = verification.path("result");
    long differences = verification.path("differences").asLong();
    return String.format(
        Locale.ROOT,
        "%s, %,d rows in %d tables, %.1f s",
        clean(verification)
            ? "equal"
            : differences == 0
                ? "incomplete"
                : String.format(Locale.ROOT, "%,d keys differ", differences),
        verification.path("rowsCompared").asLong(),
        result.path("tables").asLong(),
        result.path("durationMillis").asLong() / 1000.0);
  }

  static String progress(JsonNode verification) {
    return Bar.of(
            verification.path("rowsCompared").asLong(), verification.path("rowsTotal").asLong())
        + " rows, "
        + verification.path("differences").asLong()
        + " differences";
  }

  /** Whether every row was compared and none differs. */
  static boolean clean(JsonNode verification) {
    return !verification.path("error").isTextual()
        && verification.path("result").path("complete").asBoolean()
        && verification.path("result").path("differenceCount").asLong(-1) == 0;
  }

  /** The first keys that differ. */
  static List<String> differences(JsonNode verification) {
    List<String> lines = new ArrayList<>();
    JsonNode differences = verification.path("result").path("differences");
    for (JsonNode difference : differences) {
      if (lines.size() == KEYS_SHOWN) {
        lines.add("and more; --json shows up to 1,000");
        break;
      }
      lines.add(
          String.join(
                  " ",
                  difference.path("table").asText(),
                  difference.path("key").asText(),
                  difference.path("kind").asText().replace('-', ' '),
                  columns(difference.path("columns")))
              .stripTrailing());
    }
    return lines;
  }

  private static String columns(JsonNode columns) {
    List<String> names = new ArrayList<>();
    columns.forEach(it -> names.add(it.asText()));
    return names.isEmpty() ? "" : "in " + String.join(", ", names);
  }
}
