package org.turnout.admin.rest;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

/**
 * One call of the API.
 *
 * @param path with {@code {route}} where the route's name stands
 * @param open whether it answers without a token
 */
record Endpoint(HandlerType method, String path, boolean open, Handler handler) {
  static Endpoint open(String path, Handler handler) {
    return new Endpoint(HandlerType.GET, path, true, handler);
  }

  static Endpoint get(String path, Handler handler) {
    return new Endpoint(HandlerType.GET, path, false, handler);
  }

  static Endpoint put(String path, Handler handler) {
    return new Endpoint(HandlerType.PUT, path, false, handler);
  }

  static Endpoint post(String path, Handler handler) {
    return new Endpoint(HandlerType.POST, path, false, handler);
  }

  static Endpoint delete(String path, Handler handler) {
    return new Endpoint(HandlerType.DELETE, path, false, handler);
  }
}
