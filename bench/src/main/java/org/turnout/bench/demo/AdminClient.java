package org.turnout.bench.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Drives one route by the admin API, as a script of an operator does. Safe for any thread. */
final class AdminClient implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final URI base;
  private final String route;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  AdminClient(URI base, String route) {
    this.base = base;
    this.route = "/api/v1/routes/" + route;
  }

  /** An answer: its status and its document. */
  record Answer(int status, JsonNode body) {
    boolean isSuccess() {
      return status / 100 == 2;
    }

    /** The last word of a problem's type, for example {@code aborted}; empty for a success. */
    String problem() {
      String type = body.path("type").asText();
      return type.substring(type.lastIndexOf(':') + 1);
    }

    /** A problem in words, with its findings and their advice. */
    String describe() {
      StringBuilder text = new StringBuilder(body.path("title").asText("status " + status));
      text.append(": ").append(body.path("detail").asText());
      for (JsonNode finding : body.path("findings")) {
        text.append("\n  ").append(describe(finding));
      }
      return text.toString();
    }

    static String describe(JsonNode finding) {
      return finding.path("code").asText()
          + " ("
          + finding.path("subject").asText()
          + "): "
          + finding.path("message").asText()
          + "; "
          + finding.path("advice").asText();
    }
  }

  /** Whether the program says that it serves; false also when it does not answer yet. */
  boolean isReady() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve("/readyz")).timeout(Duration.ofSeconds(5)).build();
    try {
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** All metrics of the program, as Prometheus reads them. */
  String metrics() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve("/metrics")).timeout(PATIENCE).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  Answer state() throws IOException, InterruptedException {
    return answer(http.send(request("").GET().build(), BodyHandlers.ofString()));
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return answer(http.send(posting(path, body), BodyHandlers.ofString()));
  }

  CompletableFuture<Answer> postAsync(String path, String body) {
    return http.sendAsync(posting(path, body), BodyHandlers.ofString())
        .thenApply(AdminClient::answer);
  }

  Answer put(String path, String body) throws IOException, InterruptedException {
    return answer(
        http.send(
            request(path).PUT(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString()));
  }

  /** The lines of the route's server-sent events. */
  Stream<String> events() throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(base.resolve(route + "/events")).build(), BodyHandlers.ofLines())
        .body();
  }

  private HttpRequest posting(String path, String body) {
    return request(path).POST(BodyPublishers.ofString(body)).build();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(route + path))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json");
  }

  private static Answer answer(HttpResponse<String> response) {
    return new Answer(response.statusCode(), parse(response.body()));
  }

  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      return MAPPER.createObjectNode().put("title", "not JSON").put("detail", text);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
