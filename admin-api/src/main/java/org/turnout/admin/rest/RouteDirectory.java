package org.turnout.admin.rest;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.turnout.config.RouteConfig;
import org.turnout.migration.Route;

/** The routes of this Turnout by name, with the limits that their configuration sets. */
public final class RouteDirectory {
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Each route with the configuration that it was made from. */
  public RouteDirectory(Map<Route, RouteConfig> routes) {
    routes.forEach(
        (route, config) ->
            entries.put(route.name().value(), new Entry(route, config.cutover().maxPause())));
  }

  /** All routes. */
  public List<Route> routes() {
    return entries.values().stream().map(Entry::route).toList();
  }

  /** The route that the path names. */
  Entry of(Context context) throws ProblemException {
    String name = context.pathParam("route");
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new ProblemException(Problem.routeNotFound(name, List.copyOf(entries.keySet())));
    }
    return entry;
  }

  /**
   * One route.
   *
   * @param maxPause how long clients may be held where the request does not say
   */
  record Entry(Route route, Duration maxPause) {}
}
