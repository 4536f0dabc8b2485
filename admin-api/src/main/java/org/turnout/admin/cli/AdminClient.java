package org.turnout.admin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.turnout.config.Secret;

/**
 * The admin API of a running Turnout, from the outside. Answers are trees, so that a newer or older
 * Turnout with more or fewer fields is still understood.
 */
final class AdminClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final String ROUTES = "/api/v1/routes";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT).build();
  private final URI address;
  private final Optional<Secret> token;

  AdminClient(URI address, Optional<Secret> token) {
    this.address = address;
    this.token = token;
  }

  /** The states of all routes. */
  JsonNode routes() throws CommandFailure, InterruptedException {
    return call("GET", ROUTES, "");
  }

  /** The route that is meant: the one that was named, or the only one. */
  String route(Optional<String> named) throws CommandFailure, InterruptedException {
    if (named.isPresent()) {
      return named.get();
    }
    List<String> names = new ArrayList<>();
    routes().path("routes").forEach(it -> names.add(it.path("name").asText()));
    if (names.size() != 1) {
      throw new CommandFailure(
          "there are several routes: " + String.join(", ", names),
          "Name the one that is meant with --route.");
    }
    return names.getFirst();
  }

  /** The state of a route. */
  JsonNode state(String route) throws CommandFailure, InterruptedException {
    return call("GET", ROUTES + "/" + route, "");
  }

  /** One call about a route; {@code resource} is what follows the route's name. */
  JsonNode call(String method, String route, String resource, String body)
      throws CommandFailure, InterruptedException {
    return call(method, ROUTES + "/" + route + "/" + resource, body);
  }

  /** Takes every state of a route as it comes until the predicate has seen enough. */
  void follow(String route, Predicate<JsonNode> enough)
      throws CommandFailure, InterruptedException {
    HttpRequest request = request("GET", ROUTES + "/" + route + "/events", "");
    try {
      HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
      try (Stream<String> lines = response.body()) {
        if (response.statusCode() != 200) {
          throw problem(response.statusCode(), String.join("\n", lines.toList()));
        }
        Iterator<String> data = lines.filter(line -> line.startsWith("data:")).iterator();
        while (data.hasNext()) {
          if (enough.test(JSON.readTree(data.next().substring("data:".length())))) {
            return;
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw unreachable(e);
    }
    throw new CommandFailure(
        "Turnout ended the connection before it was done", "Look at it with `turnout status`.");
  }

  private JsonNode call(String method, String path, String body)
      throws CommandFailure, InterruptedException {
    try {
      HttpResponse<String> response =
          http.send(request(method, path, body), BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw problem(response.statusCode(), response.body());
      }
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private HttpRequest request(String method, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    token.ifPresent(it -> request.header("Authorization", "Bearer " + it.reveal()));
    return request.build();
  }

  private static CommandFailure problem(int status, String text) {
    JsonNode document;
    try {
      document = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      document = JSON.createObjectNode();
    }
    if (!document.path("type").asText().startsWith("urn:turnout:problem:")) {
      return new CommandFailure(
          "what answers there is not Turnout (HTTP status " + status + ")",
          "Check the address: --admin URL, or `admin` in the configuration.");
    }
    return ProblemText.failure(document);
  }

  private CommandFailure unreachable(Exception cause) {
    return new CommandFailure(
        "Turnout does not answer on " + address + reason(cause),
        "Start it with `turnout run`, or say where it is with --config FILE or --admin URL.");
  }

  private static String reason(Exception cause) {
    return cause instanceof java.net.ConnectException || cause.getMessage() == null
        ? ""
        : " (" + cause.getMessage() + ")";
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
