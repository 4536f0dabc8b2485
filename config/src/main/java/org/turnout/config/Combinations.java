package org.turnout.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is right by itself but impossible together. */
final class Combinations {
  private Combinations() {}

  static void check(AdminConfig admin, List<RouteConfig> routes, Section root) {
    Map<String, HostPort> listeners = new LinkedHashMap<>();
    listeners.put("admin", admin.listen());
    for (RouteConfig route : routes) {
      String name = route.name().value();
      listeners.forEach(
          (other, listen) -> {
            if (listen.port() != 0
                && listen.port() == route.listen().port()
                && (listen.isWildcard()
                    || route.listen().isWildcard()
                    || sameHost(listen, route.listen()))) {
              root.refuseAt(
                  List.of("routes", name, "listen"),
                  route.listen() + " is taken by " + other,
                  "give each listener a port of its own");
            }
          });
      listeners.put("routes." + name, route.listen());
      sides(route, root);
    }
  }

  private static void sides(RouteConfig route, Section root) {
    String name = route.name().value();
    if (route.blue().address().equals(route.green().address())
        && route.blue().database().equals(route.green().database())) {
      root.refuseAt(
          List.of("routes", name, "green", "url"),
          "is the same database as blue",
          "blue is the database of today, green the new one");
    }
    if (!route.blue().database().equals(route.green().database())) {
      root.refuseAt(
          List.of("routes", name, "green", "url"),
          "names another database than blue",
          "clients name the database when they connect, so it has the same name on both sides");
    }
    for (Side side : Side.values()) {
      HostPort address = route.side(side).address();
      HostPort listen = route.listen();
      if (address.port() == listen.port()
          && (sameHost(address, listen) || (listen.isWildcard() && address.isLoopback()))) {
        root.refuseAt(
            List.of("routes", name, side.word(), "url"),
            "leads to the address on which the route listens",
            "name the database server itself, or move the listener");
      }
    }
  }

  private static boolean sameHost(HostPort one, HostPort other) {
    return one.host().equals(other.host())
        || (one.host().equals("localhost") && isFirstLoopback(other))
        || (other.host().equals("localhost") && isFirstLoopback(one));
  }

  private static boolean isFirstLoopback(HostPort address) {
    return address.host().equals("127.0.0.1") || address.host().equals("::1");
  }
}
