package org.turnout.admin.metrics;

import java.util.function.ToDoubleFunction;
import org.turnout.migration.Route;
import org.turnout.migration.RouteState;
import org.turnout.migration.RouteState.VerificationState;
import org.turnout.migration.Traffic;
import org.turnout.sync.SyncStatus;

/** The figures of one route at one scrape. */
final class RouteSnapshot {
  private final Route route;
  private volatile RouteState state;
  private volatile Traffic.Figures figures;

  RouteSnapshot(Route route) {
    this.route = route;
    this.state = route.state();
    this.figures = route.figures();
  }

  void refresh() {
    state = route.state();
    figures = route.figures();
  }

  String name() {
    return route.name().value();
  }

  RouteState state() {
    return state;
  }

  SyncStatus sync() {
    return state.sync();
  }

  Traffic.Figures figures() {
    return figures;
  }

  /** A figure of the last or running verification; not a number before the first. */
  double verification(ToDoubleFunction<VerificationState> figure) {
    return state.verification().map(figure::applyAsDouble).orElse(Double.NaN);
  }
}
