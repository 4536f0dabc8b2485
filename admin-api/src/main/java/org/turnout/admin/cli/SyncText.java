package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** What a sync does now, on one line. */
final class SyncText {
  private SyncText() {}

  static String line(JsonNode sync) {
    String state = sync.path("state").asText();
    String error = sync.path("error").isTextual() ? ": " + sync.path("error").asText() : "";
    return switch (state) {
      case "copying" -> state + " " + progress(sync) + error;
      case "following" -> state + lag(sync) + error;
      default -> state + error;
    };
  }

  /** Bar, rows, rate and time left of a copy. */
  static String progress(JsonNode sync) {
    long copied = sync.path("rowsCopied").asLong();
    long total = sync.path("rowsTotal").asLong();
    String rate = String.format(Locale.ROOT, ", %,d rows/s", sync.path("rowsPerSecond").asLong());
    String eta =
        sync.path("etaMillis").isNumber()
            ? ", " + time(sync.path("etaMillis").asLong()) + " left"
            : "";
    return Bar.of(copied, total) + " rows" + rate + eta;
  }

  private static String lag(JsonNode sync) {
    return sync.path("lagMillis").isNumber()
        ? String.format(
            Locale.ROOT,
            ", %,d ms behind (%,d bytes of log)",
            sync.path("lagMillis").asLong(),
            sync.path("lagBytes").asLong())
        : "";
  }

  static String time(long millis) {
    long seconds = (millis + 999) / 1000;
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }
}
