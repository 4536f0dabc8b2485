package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.migration.Route.RefusedException;
import org.turnout.sync.Standing;

/** A route between fakes, with its state in a directory of the test. */
final class RouteFixture {
  static final Duration PAUSE = Duration.ofSeconds(2);

  final Journal journal = new Journal();
  final FakeEngine engine = new FakeEngine(journal);
  final FakeTraffic traffic = new FakeTraffic(journal);
  final ManualTimer timer = new ManualTimer();
  final Path directory;
  final RouteController route;

  RouteFixture(Path directory) {
    this.directory = directory;
    engine.passes = timer::advance;
    SideConfig side =
        new SideConfig(new HostPort("localhost", 5432), "shop", "turnout", Optional.empty());
    RouteConfig config =
        new RouteConfig(
            new RouteName("shop"),
            new HostPort("127.0.0.1", 6432),
            Protocol.POSTGRES,
            side,
            side,
            new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
            SyncConfig.DEFAULT,
            CutoverConfig.DEFAULT);
    this.route = new RouteController(config, engine, traffic, directory, timer);
  }

  /** An open route whose sync follows and whose sides were found equal. */
  static RouteFixture readyToCutOver(Path directory) throws Exception {
    RouteFixture fixture = new RouteFixture(directory);
    fixture.route.open();
    fixture.route.startSync();
    fixture.timer.tick();
    fixture.verified();
    fixture.journal.clear();
    return fixture;
  }

  /** Runs one comparison to its end; news of an earlier one that comes late does not count. */
  void verified() throws Exception {
    RouteState.VerificationState earlier = route.state().verification().orElse(null);
    CompletableFuture<RouteState> ended = new CompletableFuture<>();
    try (AutoCloseable listening =
        route.onChange(
            state -> {
              if (state
                  .verification()
                  .filter(run -> run != earlier && !run.running())
                  .isPresent()) {
                ended.complete(state);
              }
            })) {
      route.verify();
      ended.join();
    }
  }

  SwitchReport cutover() throws RefusedException {
    return route.cutover(PAUSE);
  }

  /** Runs a cutover on a thread of its own. */
  CompletableFuture<SwitchReport> cutoverInBackground() {
    CompletableFuture<SwitchReport> report = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                report.complete(cutover());
              } catch (RefusedException | RuntimeException failure) {
                report.completeExceptionally(failure);
              }
            });
    return report;
  }

  String stateFile() throws IOException {
    Path file = directory.resolve("shop.json");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  static List<String> codes(List<org.turnout.sync.Finding> findings) {
    return findings.stream().map(org.turnout.sync.Finding::code).toList();
  }

  /** Traffic is let through to this primary, and the route says so. */
  void assertServing(Standing standing) {
    assertThat(traffic.serving).contains(standing);
    assertThat(traffic.gateOpen).as("the gate is open").isTrue();
    RouteState state = route.state();
    assertThat(state.gate()).isEqualTo("open");
    assertThat(state.primary()).isEqualTo(standing.primary().word());
    assertThat(state.epoch()).isEqualTo(standing.epoch().number());
  }
}
