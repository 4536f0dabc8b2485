package org.turnout.admin.metrics;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.migration.Route;

/**
 * What Prometheus reads of each route and of the process. A scrape takes one snapshot a route, so
 * that its figures belong together. Safe for any thread; scrapes run one after the other.
 */
public final class RouteMetrics {
  private final List<RouteSnapshot> snapshots;

  /** Made by the first scrape: clients need not wait for it at the start. */
  private @Nullable PrometheusMeterRegistry registry;

  public RouteMetrics(List<Route> routes) {
    this.snapshots = routes.stream().map(RouteSnapshot::new).toList();
  }

  /** The metrics of now, in the text format of Prometheus. */
  public synchronized String scrape() {
    PrometheusMeterRegistry all = registry;
    if (all == null) {
      all = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      register(all);
      registry = all;
    }
    snapshots.forEach(RouteSnapshot::refresh);
    return all.scrape();
  }

  private void register(PrometheusMeterRegistry all) {
    snapshots.forEach(route -> new RouteMeters(all, route).register());
    new JvmMemoryMetrics().bindTo(all);
    new JvmThreadMetrics().bindTo(all);
    new ProcessorMetrics().bindTo(all);
    new UptimeMetrics().bindTo(all);
  }
}
