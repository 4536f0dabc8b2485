package org.turnout.bench.measure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** The admin API of one route, as far as a measurement needs it. Used by one thread. */
final class RouteCalls implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long LOOK_NANOS = 20_000_000;

  private final String base;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  RouteCalls(URI admin, String route) {
    base = admin + "/api/v1/routes/" + route;
  }

  JsonNode state() throws IOException, InterruptedException {
    return send(request("").GET());
  }

  void post(String path) throws IOException, InterruptedException {
    send(request(path).POST(BodyPublishers.ofString("{}")));
  }

  void put(String path, String body) throws IOException, InterruptedException {
    send(request(path).PUT(BodyPublishers.ofString(body)));
  }

  void delete(String path) throws IOException, InterruptedException {
    send(request(path).DELETE());
  }

  /** Looks again and again until the state is as wanted; fails when the sync has failed. */
  JsonNode await(String what, Predicate<JsonNode> wanted) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      JsonNode state = state();
      if (wanted.test(state)) {
        return state;
      }
      if (state.path("sync").path("state").asText().equals("failed")) {
        throw new IOException("the sync failed: " + state.path("sync").path("error").asText());
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("not reached in two minutes: " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json");
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    JsonNode body = MAPPER.readTree(response.body());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(
          body.path("title").asText()
              + ": "
              + body.path("detail").asText()
              + body.path("findings"));
    }
    return body;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
