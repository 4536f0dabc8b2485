package org.turnout.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

  private static DemoReport report(int figure) {
    return new DemoReport(
        10,
        figure == 0 ? 1 : 0,
        10,
        figure == 1 ? 1 : 0,
        figure == 2 ? 1 : 0,
        10,
        figure == 3 ? 1 : 0,
        figure == 4 ? 1 : 0,
        List.of(new DemoReport.Switch("blue-to-green", 1.5, 2.5, List.of())),
        new DemoReport.LatencyMicros(new Percentiles(1, 2), new Percentiles(3, 4)),
        1000);
  }
}
