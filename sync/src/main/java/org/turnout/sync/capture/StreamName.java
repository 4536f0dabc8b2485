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

  /** A regular expression, as the server reads it, for the names of all streams of a route. */
  public static String pattern(RouteName route) {
    return "^" + prefix(route) + "[0-9]+$";
  }

  /** The stream of a name that matches {@link #pattern}. */
  public static StreamName parse(RouteName route, String name) {
    return new StreamName(route, new Epoch(Long.parseLong(name.substring(prefix(route).length()))));
  }
}
