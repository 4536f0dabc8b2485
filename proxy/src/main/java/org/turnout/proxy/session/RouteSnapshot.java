package org.turnout.proxy.session;

import org.turnout.config.Side;
import org.turnout.sync.Standing;

/**
 * All that the way of a query depends on, as one immutable value. A flip replaces it.
 *
 * @param greenShare share of eligible reads that goes to green, 0 to 1
 */
public record RouteSnapshot(Standing standing, double greenShare) {
  public Side primary() {
    return standing.primary();
  }

  public Side secondary() {
    return standing.primary().other();
  }

  /**
   * Share of eligible reads for the secondary. Once green is primary, nothing is read from blue.
   */
  public double secondaryShare() {
    return primary() == Side.BLUE ? greenShare : 0;
  }

  RouteSnapshot with(Standing next) {
    return new RouteSnapshot(next, greenShare);
  }

  RouteSnapshot with(double nextShare) {
    return new RouteSnapshot(standing, nextShare);
  }
}
