package org.turnout.sync.switchover;

import java.util.UUID;
import org.turnout.config.RouteName;
import org.turnout.sync.Epoch;

/**
 * One try to change the primary of a route.
 *
 * @param epoch the epoch that begins if it succeeds
 */
record Attempt(UUID id, RouteName route, Epoch epoch) {
  static Attempt of(RouteName route, Epoch epoch) {
    return new Attempt(UUID.randomUUID(), route, epoch);
  }
}
