package org.turnout.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is right by itself but impossible together. */
final class Combinations {
  private Combinations() {}

  static void check(AdminConfig admin, List<RouteConfig> routes, Section root) {
    Map<Address, String> listeners = new LinkedHashMap<>();
    listeners.put(admin.listen(), "admin");
    for (RouteConfig route : routes) {
      for (ListenerConfig listener : route.listeners()) {
        listener(route, listener.address(), listeners, root);
      }
      sides(route, root);
      certificates(route, root);
    }
  }

  private static void listener(
      RouteConfig route, Address listen, Map<Address, String> others, Section root) {
    String name = route.name().value();
    others.forEach(
        (other, owner) -> {
          if (areSame(other, listen)) {
            root.refuseAt(
                List.of("routes", name, "listen"),
                listen + " is taken by " + owner,
                "give each listener a port of its own");
          }
        });
    others.putIfAbsent(listen, "routes." + name);
  }

  /** Whether only one of two can be listened on. */
  private static boolean areSame(Address one, Address other) {
    return (one instanceof HostPort first && other instanceof HostPort second)
        ? first.port() != 0
            && first.port() == second.port()
            && (first.isWildcard() || second.isWildcard() || sameHost(first, second))
        : one.equals(other);
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
      Address address = route.side(side).address();
      if (route.listeners().stream().anyMatch(it -> leadsTo(address, it.address()))) {
        root.refuseAt(
            List.of("routes", name, side.word(), "url"),
            "leads to the address on which the route listens",
            "name the database server itself, or move the listener");
      }
    }
  }

  private static boolean leadsTo(Address side, Address listen) {
    return (side instanceof HostPort server && listen instanceof HostPort own)
        ? server.port() == own.port()
            && (sameHost(server, own) || (own.isWildcard() && server.isLoopback()))
        : side.equals(listen);
  }

  /** Certificates come with TLS, which clients of this machine do not have. */
  private static void certificates(RouteConfig route, Section root) {
    boolean onlyLocal =
        route.listeners().stream()
            .allMatch(it -> it.address() instanceof SocketFile && !it.proxyProtocol());
    if (onlyLocal && route.authentication().method() == AuthenticationConfig.Method.CERTIFICATE) {
      root.refuseAt(
          List.of("routes", route.name().value(), "authentication"),
          "needs certificates of clients, and there is no TLS on a Unix socket",
          "listen on a TCP port, or choose another method");
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
