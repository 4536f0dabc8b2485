package org.turnout.sync.capture;

import org.turnout.config.RouteName;
import org.turnout.sync.Epoch;

/**
 * The name that the slot, the publication and the replication origin of one epoch's stream share:
 * {@code turnout_<route>_<epoch>}.
 */
public record StreamName(RouteName route, Epoch epoch) {
  /** Text for a statement: letters, digits and underscores only, so it needs no quotes. */
  @Override
  public String toString() {
    return prefix(route) + epoch;
  }

  /** What the names of all streams of a route begin with. */
  public static String prefix(RouteName route) {
    return "turnout_" + route + "_";
  }
}
