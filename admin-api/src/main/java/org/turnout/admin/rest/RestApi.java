package org.turnout.admin.rest;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Secret;

/** All endpoints, who may call them, and how failures are answered. */
public final class RestApi implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RestApi.class);
  private static final int MAX_REQUEST_BYTES = 64 * 1024;

  private final Access access;
  private final EventStream events = new EventStream();
  private final List<Endpoint> endpoints = new ArrayList<>();

  /**
   * The API of some routes.
   *
   * @param metrics the text that Prometheus reads
   */
  public RestApi(
      RouteDirectory directory,
      Optional<Secret> token,
      Readiness readiness,
      Supplier<String> metrics) {
    this.access = new Access(token);
    String description = openApi();
    endpoints.addAll(new RouteEndpoints(directory, events).all());
    endpoints.add(
        Endpoint.get(
            "/metrics",
            context ->
                context
                    .contentType("text/plain; version=0.0.4; charset=utf-8")
                    .result(metrics.get())));
    endpoints.add(Endpoint.open("/healthz", context -> json(context, Map.of("status", "ok"))));
    endpoints.add(Endpoint.open("/readyz", context -> ready(context, readiness)));
    endpoints.add(
        Endpoint.open(
            "/openapi.json",
            context -> context.contentType("application/json").result(description)));
  }

  /** Registers everything with a server that is being made. */
  public void register(JavalinConfig config) {
    config.http.prefer405over404 = true;
    config.http.maxRequestSize = MAX_REQUEST_BYTES;
    for (Endpoint endpoint : endpoints) {
      config.routes.addEndpoint(
          io.javalin.router.Endpoint.create(endpoint.method(), endpoint.path())
              .handler(guarded(endpoint)));
    }
    config.routes.exception(ProblemException.class, (e, context) -> answer(context, e.problem()));
    config.routes.exception(
        HttpResponseException.class,
        (e, context) ->
            answer(context, Problem.http(e.getStatus(), String.valueOf(e.getMessage()))));
    config.routes.exception(
        Exception.class,
        (e, context) -> {
          LOG.error("{} {} failed", context.method(), context.path(), e);
          answer(context, Problem.internal());
        });
  }

  List<Endpoint> endpoints() {
    return List.copyOf(endpoints);
  }

  private Handler guarded(Endpoint endpoint) {
    if (endpoint.open()) {
      return endpoint.handler();
    }
    Handler checked =
        context -> {
          access.check(context);
          endpoint.handler().handle(context);
        };
    return endpoint.action().<Handler>map(action -> new Audit(action, checked)).orElse(checked);
  }

  private static void ready(Context context, Readiness readiness) {
    List<String> missing = readiness.missing();
    context.status(missing.isEmpty() ? 200 : 503);
    json(context, Map.of("ready", missing.isEmpty(), "missing", missing));
  }

  private static void json(Context context, Object value) {
    context.contentType("application/json").result(Json.text(value));
  }

  private static void answer(Context context, Problem problem) {
    context.status(problem.status()).contentType(Problem.MEDIA_TYPE).result(Json.text(problem));
  }

  private static String openApi() {
    try (InputStream resource =
        Objects.requireNonNull(RestApi.class.getResourceAsStream("openapi.json"))) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the event streams. */
  @Override
  public void close() {
    events.close();
  }
}
