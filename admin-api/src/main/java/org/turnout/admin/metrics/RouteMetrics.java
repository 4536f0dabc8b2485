package org.turnout.admin.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.turnout.config.Side;
import org.turnout.migration.Phase;
import org.turnout.migration.Route;
import org.turnout.sync.SyncStatus;

/**
 * What Prometheus reads of each route and of the process. A scrape takes one snapshot a route, so
 * that its figures belong together. Words (phase, primary, gate, sync state) are gauges of 1 and 0,
 * one for each word. Safe for any thread; scrapes run one after the other.
 */
public final class RouteMetrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<RouteSnapshot> snapshots;

  public RouteMetrics(List<Route> routes) {
    this.snapshots = routes.stream().map(RouteSnapshot::new).toList();
    snapshots.forEach(this::register);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** The metrics of now, in the text format of Prometheus. */
  public synchronized String scrape() {
    snapshots.forEach(RouteSnapshot::refresh);
    return registry.scrape();
  }

  private void register(RouteSnapshot route) {
    words(route);
    migration(route);
    traffic(route);
    sync(route);
    verification(route);
  }

  private void words(RouteSnapshot route) {
    for (Phase phase : Phase.values()) {
      word(route, "turnout.phase", "phase", phase.word(), it -> it.state().phase());
    }
    for (Side side : Side.values()) {
      word(route, "turnout.primary", "side", side.word(), it -> it.state().primary());
    }
    for (String gate : List.of("open", "pausing", "paused")) {
      word(route, "turnout.gate", "state", gate, it -> it.state().gate());
    }
    for (SyncStatus.State state : SyncStatus.State.values()) {
      String word = state.name().toLowerCase(java.util.Locale.ROOT);
      word(
          route, "turnout.sync.state", "state", word, it -> it.sync().state() == state ? word : "");
    }
  }

  private void migration(RouteSnapshot route) {
    gauge(route, "turnout.epoch", "Changes of primary so far", it -> it.state().epoch());
    gauge(
        route,
        "turnout.reads.green.percent",
        "Share of eligible reads on green",
        it -> it.state().reads().green());
    gauge(
        route,
        "turnout.rollback.ready",
        "1 while the way back is proved",
        it -> it.state().rollback().ready() ? 1 : 0);
    gauge(
        route,
        "turnout.blockers",
        "Reasons why a cutover may not start now",
        it -> it.state().blockers().size());
    gauge(
        route,
        "turnout.last.pause.seconds",
        "How long the last cutover or rollback held clients",
        it -> it.state().lastSwitch().map(last -> last.pauseMicros() / 1e6).orElse(Double.NaN));
  }

  private void traffic(RouteSnapshot route) {
    gauge(route, "turnout.sessions", "Clients connected", it -> it.figures().sessions());
    gauge(
        route,
        "turnout.sessions.in.flight",
        "Sessions that are not at a boundary",
        it -> it.figures().inFlight());
    count(route, "turnout.sessions.accepted", "", "", it -> it.figures().sessionsTotal());
    count(route, "turnout.queries", "side", "blue", it -> it.figures().queriesBlue());
    count(route, "turnout.queries", "side", "green", it -> it.figures().queriesGreen());
    count(route, "turnout.read.waits", "outcome", "fresh", it -> it.figures().readWaitsFresh());
    count(route, "turnout.read.waits", "outcome", "expired", it -> it.figures().readWaitsExpired());
    count(route, "turnout.bytes", "direction", "in", it -> it.figures().bytesIn());
    count(route, "turnout.bytes", "direction", "out", it -> it.figures().bytesOut());
  }

  private void sync(RouteSnapshot route) {
    gauge(route, "turnout.sync.rows.copied", "Rows copied", it -> it.sync().rowsCopied());
    gauge(route, "turnout.sync.rows.expected", "Rows to copy", it -> it.sync().rowsTotal());
    gauge(route, "turnout.sync.bytes.copied", "Bytes copied", it -> it.sync().bytesCopied());
    gauge(route, "turnout.sync.lag.bytes", "Log not yet applied", it -> it.sync().lagBytes());
    gauge(
        route,
        "turnout.sync.freshness.age.seconds",
        "Age of the newest primary state known to be on the secondary",
        it -> it.sync().lag().map(lag -> lag.toNanos() / 1e9).orElse(Double.NaN));
    gauge(
        route,
        "turnout.sync.retained.bytes",
        "Log that the primary keeps for Turnout",
        it -> it.sync().retainedBytes());
    count(route, "turnout.sync.transactions", "", "", it -> it.sync().transactionsApplied());
    count(route, "turnout.sync.changes", "", "", it -> it.sync().changesApplied());
  }

  private void verification(RouteSnapshot route) {
    gauge(
        route,
        "turnout.verification.running",
        "1 while both sides are compared",
        it -> it.verification(found -> found.running() ? 1 : 0));
    gauge(
        route,
        "turnout.verification.rows.compared",
        "Rows compared by the last or running verification",
        it -> it.verification(found -> found.rowsCompared()));
    gauge(
        route,
        "turnout.verification.differences",
        "Keys that differ",
        it -> it.verification(found -> found.differences()));
    gauge(
        route,
        "turnout.verification.clean",
        "1 when the last verification was complete and found no difference",
        it ->
            it.verification(
                found -> found.result().filter(result -> result.clean()).isPresent() ? 1 : 0));
  }

  private void word(RouteSnapshot route, String name, String key, String word, Word current) {
    Gauge.builder(name, route, it -> current.of(it).equals(word) ? 1 : 0)
        .tags("route", route.name(), key, word)
        .register(registry);
  }

  private void gauge(
      RouteSnapshot route, String name, String description, ToDoubleFunction<RouteSnapshot> value) {
    Gauge.builder(name, route, value)
        .description(description)
        .tags("route", route.name())
        .register(registry);
  }

  private void count(
      RouteSnapshot route,
      String name,
      String key,
      String word,
      ToDoubleFunction<RouteSnapshot> value) {
    FunctionCounter.Builder<RouteSnapshot> counter =
        FunctionCounter.builder(name, route, value).tags("route", route.name());
    (key.isEmpty() ? counter : counter.tags(key, word)).register(registry);
  }

  @FunctionalInterface
  private interface Word {
    String of(RouteSnapshot route);
  }
}
