package org.turnout.bench.demo;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Locale;
import org.turnout.bench.workload.Percentiles;

/**
 * The report of a demo, all counted by the clients and by a comparison of its own.
 *
 * @param requests round trips that clients asked for
 * @param errors requests that failed, but for sessions cut by a kill of {@code --kill}
 * @param acknowledgedWrites writes that were confirmed to a client
 * @param lostWrites acknowledged writes that are missing, doubled or different at the end
 * @param staleReads reads that missed the session's own write or went back in time
 * @param rowsCompared rows of both sides compared at the end
 * @param differences rows that are on one side only, or different
 * @param invariantBroken reads or final rows that no committed transaction can have left
 * @param durationMillis from the first request to the last
 */
record DemoReport(
    long requests,
    long errors,
    long acknowledgedWrites,
    long lostWrites,
    long staleReads,
    long rowsCompared,
    long differences,
    long invariantBroken,
    List<Switch> cutovers,
    LatencyMicros latencyMicros,
    long durationMillis) {

  /**
   * One change of primary.
   *
   * @param direction {@code blue-to-green} or {@code green-to-blue}
   * @param pauseMillis how long the gate was closed; where Turnout was killed in the middle nobody
   *     knows, and it is the slowest request of any client instead, with an empty timeline
   * @param clientMaxLatencyMillis the slowest request of any client around it
   * @param timeline its steps, in microseconds from the closing of the gate
   */
  record Switch(
      String direction,
      double pauseMillis,
      double clientMaxLatencyMillis,
      List<JsonNode> timeline) {

    /** In words: a pause is claimed only where Turnout has told it. */
    String words() {
      String pause =
          timeline.isEmpty()
              ? "Turnout was killed in it"
              : String.format(Locale.ROOT, "pause %.1f ms", pauseMillis);
      return String.format(
          Locale.ROOT, "%s, slowest request of any client %.1f ms", pause, clientMaxLatencyMillis);
    }
  }

  /** The same request straight to blue and through Turnout. */
  record LatencyMicros(Percentiles direct, Percentiles proxied) {}

  /** How often a demo changes the primary: there, back, and there for good. */
  static final int CUTOVERS = 3;

  /** Nothing was found wrong, and what would have found it has been at work. */
  @JsonIgnore
  boolean isClean() {
    return acknowledgedWrites > 0
        && rowsCompared > 0
        && cutovers.size() == CUTOVERS
        && errors == 0
        && lostWrites == 0
        && staleReads == 0
        && differences == 0
        && invariantBroken == 0;
  }

  String toJson() {
    try {
      return JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(this)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
