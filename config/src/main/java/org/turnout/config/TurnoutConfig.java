package org.turnout.config;

import java.nio.file.Path;
import java.util.List;

/**
 * The whole configuration of one Turnout.
 *
 * @param state directory of the local state files
 */
public record TurnoutConfig(AdminConfig admin, Path state, List<RouteConfig> routes) {
  public TurnoutConfig {
    routes = List.copyOf(routes);
  }
}
