package org.turnout.admin.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.turnout.config.Side;
import org.turnout.migration.Phase;
import org.turnout.sync.SyncStatus;

/**
 * The meters of one route. Words (phase, primary, gate, sync state) are gauges of 1 and 0, one for
 * each word.
 */
final class RouteMeters {
  private final MeterRegistry registry;
  private final RouteSnapshot route;

  /**
   * @param route of which the meters tell; kept by the caller as long as they are read
   */
  RouteMeters(MeterRegistry registry, RouteSnapshot route) {
    this.registry = registry;
    this.route = route;
  }

  /** Adds them to the registry. */
  void register() {
    words();
    migration();
    traffic();
    sync();
    verification();
  }

  private void words() {
    for (Phase phase : Phase.values()) {
      word("turnout.phase", "phase", phase.word(), it -> it.state().phase());
    }
    for (Side side : Side.values()) {
      word("turnout.primary", "side", side.word(), it -> it.state().primary());
    }
    for (String gate : List.of("open", "pausing", "paused")) {
      word("turnout.gate", "state", gate, it -> it.state().gate());
    }
    for (SyncStatus.State state : SyncStatus.State.values()) {
      String word = state.name().toLowerCase(Locale.ROOT);
      word("turnout.sync.state", "state", word, it -> it.sync().state() == state ? word : "");
    }
  }

  private void migration() {
    gauge("turnout.epoch", "Changes of primary so far", it -> it.state().epoch());
    gauge(
        "turnout.reads.green.percent",
        "Share of eligible reads on green",
        it -> it.state().reads().green());
    gauge(
        "turnout.rollback.ready",
        "1 while the way back is proved",
        it -> it.state().rollback().ready() ? 1 : 0);
    gauge(
        "turnout.blockers",
        "Reasons why a cutover may not start now",
        it -> it.state().blockers().size());
    gauge(
        "turnout.last.pause.seconds",
        "How long the last cutover or rollback held clients",
        it -> it.state().lastSwitch().map(last -> last.pauseMicros() / 1e6).orElse(Double.NaN));
  }

  private void traffic() {
    gauge("turnout.sessions", "Clients connected", it -> it.figures().sessions());
    gauge(
        "turnout.sessions.in.flight",
        "Sessions that are not at a boundary",
        it -> it.figures().inFlight());
    count("turnout.sessions.accepted", "", "", it -> it.figures().sessionsTotal());
    count("turnout.queries", "side", "blue", it -> it.figures().queriesBlue());
    count("turnout.queries", "side", "green", it -> it.figures().queriesGreen());
    count("turnout.read.waits", "outcome", "fresh", it -> it.figures().readWaitsFresh());
    count("turnout.read.waits", "outcome", "expired", it -> it.figures().readWaitsExpired());
    count("turnout.bytes", "direction", "in", it -> it.figures().bytesIn());
    count("turnout.bytes", "direction", "out", it -> it.figures().bytesOut());
  }

  private void sync() {
    gauge("turnout.sync.rows.copied", "Rows copied", it -> it.sync().rowsCopied());
    gauge("turnout.sync.rows.expected", "Rows to copy", it -> it.sync().rowsTotal());
    gauge("turnout.sync.bytes.copied", "Bytes copied", it -> it.sync().bytesCopied());
    gauge("turnout.sync.lag.bytes", "Log not yet applied", it -> it.sync().lagBytes());
    gauge(
        "turnout.sync.freshness.age.seconds",
        "Age of the newest primary state known to be on the secondary",
        it -> it.sync().lag().map(lag -> lag.toNanos() / 1e9).orElse(Double.NaN));
    gauge(
        "turnout.sync.retained.bytes",
        "Log that the primary keeps for Turnout",
        it -> it.sync().retainedBytes());
    count("turnout.sync.transactions", "", "", it -> it.sync().transactionsApplied());
    count("turnout.sync.changes", "", "", it -> it.sync().changesApplied());
  }

  private void verification() {
    gauge(
        "turnout.verification.running",
        "1 while both sides are compared",
        it -> it.verification(found -> found.running() ? 1 : 0));
    gauge(
        "turnout.verification.rows.compared",
        "Rows compared by the last or running verification",
        it -> it.verification(found -> found.rowsCompared()));
    gauge(
        "turnout.verification.differences",
        "Keys that differ",
        it -> it.verification(found -> found.differences()));
    gauge(
        "turnout.verification.clean",
        "1 when the last verification was complete and found no difference",
        it ->
            it.verification(
                found -> found.result().filter(result -> result.clean()).isPresent() ? 1 : 0));
  }

  private void word(String name, String key, String word, Word current) {
    Gauge.builder(name, route, it -> current.of(it).equals(word) ? 1 : 0)
        .tags("route", route.name(), key, word)
        .register(registry);
  }

  private void gauge(String name, String description, ToDoubleFunction<RouteSnapshot> value) {
    Gauge.builder(name, route, value)
        .description(description)
        .tags("route", route.name())
        .register(registry);
  }

  private void count(String name, String key, String word, ToDoubleFunction<RouteSnapshot> value) {
    FunctionCounter.Builder<RouteSnapshot> counter =
        FunctionCounter.builder(name, route, value).tags("route", route.name());
    (key.isEmpty() ? counter : counter.tags(key, word)).register(registry);
  }

  @FunctionalInterface
  private interface Word {
    String of(RouteSnapshot route);
  }
}
