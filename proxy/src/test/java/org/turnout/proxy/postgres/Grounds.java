package org.turnout.proxy.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.turnout.config.Side;

/** The routes of a test class, one for each ground, opened when first asked for. */
final class Grounds implements AutoCloseable {
  private final Map<Ground, Proxied> routes = new ConcurrentHashMap<>();

  /** The route of a ground, with the given side primary. */
  Proxied standing(Ground ground, Side primary) throws Exception {
    Proxied route = routes.computeIfAbsent(ground, Ground::open);
    if (route.primary() != primary) {
      route.flip();
    }
    return route;
  }

  @Override
  public void close() throws Exception {
    for (Proxied route : routes.values()) {
      route.close();
    }
  }
}
