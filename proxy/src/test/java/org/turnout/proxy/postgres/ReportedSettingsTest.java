package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.describePortal;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.Side;

/**
 * What a server reports of its settings differs between the sides, its version before all. A client
 * knows those of the side that serves it: the primary's at its start, and at a change of primary
 * those that are others there, once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportedSettingsTest {
  private final Grounds grounds = new Grounds();

  static Stream<Ground> grounds() {
    return Ground.all();
  }

  @AfterAll
  void stop() throws Exception {
    grounds.close();
  }

  @ParameterizedTest
  @MethodSource("grounds")
  void areThoseOfTheSideThatServes(Ground ground) throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);
    Map<String, String> ofBlue = reported(begin(ground, Ground.server(route.blue), route));
    Map<String, String> ofGreen = reported(begin(ground, Ground.server(route.green), route));
    assertThat(ofBlue.get("server_version")).isNotEqualTo(ofGreen.get("server_version"));

    try (WireClient client = ground.client(route.address(), route).begin("DateStyle", "German")) {
      Map<String, String> known = reported(client.heard());
      assertThat(known).containsEntry("DateStyle", "German, DMY");
      ofBlue.put("DateStyle", "German, DMY");
      ofGreen.put("DateStyle", "German, DMY");
      assertThat(known).isEqualTo(ofBlue);

      for (Map<String, String> next : List.of(ofGreen, ofBlue)) {
        client.forget();
        route.flip();
        client.ask("SELECT 1");
        Map<String, String> changes = reported(client.heard());
        assertThat(changes).containsKey("server_version");
        changes.forEach((name, value) -> assertThat(known.put(name, value)).isNotEqualTo(value));
        assertThat(known).containsAllEntriesOf(next);
      }
    }
  }

  private static List<String> begin(Ground ground, InetSocketAddress where, Proxied route)
      throws Exception {
    try (WireClient client = ground.client(where, route).begin()) {
      return client.heard();
    }
  }

  private static Map<String, String> reported(List<String> heard) {
    Map<String, String> settings = new TreeMap<>();
    for (String line : heard) {
      if (line.startsWith("S ")) {
        String[] parts = line.substring(line.indexOf(' ', 2) + 1).split("\\\\0;", -1);
        settings.put(parts[0], parts[1]);
      }
    }
    return settings;
  }

  @ParameterizedTest
  @MethodSource("grounds")
  void aPlanIsNoOtherOneAfterAChangeOfPrimary(Ground ground) throws Exception {
    Proxied route = grounds.standing(ground, Side.BLUE);
    route.onBoth("CREATE TABLE r (a int, b text); INSERT INTO r VALUES (1, 'x')");
    try (WireClient client = ground.client(route.address(), route).begin()) {
      client.say(parse("r", "SELECT * FROM r"), sync());
      client.untilReady();
      List<String> before = played(client);
      for (int i = 0; i < 3; i++) {
        route.flip();
        assertThat(played(client)).filteredOn(line -> !line.startsWith("S ")).isEqualTo(before);
      }
    } finally {
      route.onBoth("DROP TABLE r");
    }
  }

  private static List<String> played(WireClient client) throws Exception {
    client.forget();
    client.say(bind("", "r"), describePortal(""), execute("", 0), sync());
    client.untilReady();
    return List.copyOf(client.heard());
  }
}
