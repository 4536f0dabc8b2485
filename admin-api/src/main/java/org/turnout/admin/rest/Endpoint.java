package org.turnout.admin.rest;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.Optional;

/**
 * One call of the API.
 *
 * @param path with {@code {route}} where the route's name stands
 * @param open whether it answers without a token
 * @param action what the audit log calls it; empty when it changes nothing
 */
record Endpoint(
    HandlerType method, String path, boolean open, Optional<String> action, Handler handler) {
  static Endpoint open(String path, Handler handler) {
    return new Endpoint(HandlerType.GET, path, true, Optional.empty(), handler);
  }

  static Endpoint get(String path, Handler handler) {
    return new Endpoint(HandlerType.GET, path, false, Optional.empty(), handler);
  }

  static Endpoint put(String path, String action, Handler handler) {
    return new Endpoint(HandlerType.PUT, path, false, Optional.of(action), handler);
  }

  static Endpoint post(String path, String action, Handler handler) {
    return new Endpoint(HandlerType.POST, path, false, Optional.of(action), handler);
  }

  static Endpoint delete(String path, String action, Handler handler) {
    return new Endpoint(HandlerType.DELETE, path, false, Optional.of(action), handler);
  }
}
