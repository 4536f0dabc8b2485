package org.turnout.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.bench.workload.Percentiles;

class DemoReportTest {

  @Test
  void theDocumentHasTheNamesThatScriptsReadAndNoOthers() throws Exception {
    JsonNode json = new ObjectMapper().readTree(report(-1).toJson());

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "requests",
            "errors",
            "acknowledgedWrites",
            "lostWrites",
            "staleReads",
            "rowsCompared",
            "differences",
            "invariantBroken",
            "cutovers",
            "latencyMicros",
            "durationMillis");
    assertThat(json.at("/cutovers/0").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "direction", "pauseMillis", "clientMaxLatencyMillis", "timeline");
    assertThat(json.at("/latencyMicros/direct/p50").asLong()).isEqualTo(1);
    assertThat(json.at("/latencyMicros/proxied/p99").asLong()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void anyOfTheFiveFiguresMakesItUnclean(int figure) {
    assertThat(report(figure).isClean()).isFalse();
    assertThat(report(-1).isClean()).isTrue();
  }

  @Test
  void demoThatComparedNothingOrChangedNothingIsNoSuccess() {
    assertThat(report(5).isClean()).as("no row was compared").isFalse();
    assertThat(report(6).isClean()).as("no write was acknowledged").isFalse();
    assertThat(report(7).isClean()).as("a change of primary is missing").isFalse();
  }

  @Test
  void pauseIsClaimedOnlyWhereTurnoutHasToldIt() {
    assertThat(new DemoReport.Switch("blue-to-green", 7.04, 7.04, List.of()).words())
        .isEqualTo("Turnout was killed in it, slowest request of any client 7.0 ms");
    assertThat(SWITCH.words()).isEqualTo("pause 1.5 ms, slowest request of any client 2.5 ms");
  }

  private static final DemoReport.Switch SWITCH =
      new DemoReport.Switch(
          "blue-to-green", 1.5, 2.5, List.of(JsonNodeFactory.instance.objectNode()));

  private static DemoReport report(int figure) {
    return new DemoReport(
        10,
        figure == 0 ? 1 : 0,
        figure == 6 ? 0 : 10,
        figure == 1 ? 1 : 0,
        figure == 2 ? 1 : 0,
        figure == 5 ? 0 : 10,
        figure == 3 ? 1 : 0,
        figure == 4 ? 1 : 0,
        Collections.nCopies(figure == 7 ? 2 : 3, SWITCH),
        new DemoReport.LatencyMicros(new Percentiles(1, 2), new Percentiles(3, 4)),
        1000);
  }
}
