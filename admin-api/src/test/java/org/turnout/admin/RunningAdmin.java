package org.turnout.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.turnout.config.AdminConfig;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.Secret;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.migration.Route;

/** An admin API over fake routes on a free port of the loopback, and a client for it. */
public final class RunningAdmin implements AutoCloseable {
  private static final HostPort FREE = new HostPort("127.0.0.1", 0);

  private final HttpClient client = HttpClient.newHttpClient();
  private final AdminServer server;
  public final List<String> missing = new CopyOnWriteArrayList<>();

  public RunningAdmin(Optional<String> token, Route... routes) {
    Map<Route, RouteConfig> configured = new LinkedHashMap<>();
    for (Route route : routes) {
      configured.put(route, config(route));
    }
    try {
      server =
          AdminServer.listen(FREE)
              .serve(
                  new AdminConfig(FREE, token.map(Secret::new)),
                  configured,
                  () -> List.copyOf(missing));
    } catch (AdminServer.StartException e) {
      throw new AssertionError(e);
    }
  }

  static RouteConfig config(Route route) {
    SideConfig side =
        new SideConfig(new HostPort("old", 5432), "shop", "turnout", Optional.empty());
    return new RouteConfig(
        route.name(),
        FREE,
        Protocol.POSTGRES,
        side,
        side,
        new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
        SyncConfig.DEFAULT,
        new CutoverConfig(Duration.ofMillis(1234)));
  }

  public HostPort address() {
    return server.address();
  }

  public URI uri(String path) {
    return URI.create("http://" + server.address() + path);
  }

  /** The answer to a request; an empty body sends none. */
  public Answer call(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return new Answer(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  /** The status for a request with exactly these headers, the host's too. */
  public int statusFor(String method, String path, String... headers) throws IOException {
    try (Socket socket = new Socket(server.address().host(), server.address().port())) {
      String request =
          method
              + " "
              + path
              + " HTTP/1.1\r\n"
              + String.join("\r\n", headers)
              + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Integer.parseInt(answer.split(" ")[1]);
    }
  }

  /** The lines of a stream, as they come. */
  public java.util.stream.Stream<String> lines(String path)
      throws IOException, InterruptedException {
    return client
        .send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofLines())
        .body();
  }

  @Override
  public void close() {
    client.shutdownNow();
    server.close();
  }

  /** An answer of the API. */
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String type() {
      return response.headers().firstValue("Content-Type").orElse("");
    }

    public String text() {
      return response.body();
    }

    public JsonNode json() {
      try {
        return new ObjectMapper().readTree(response.body());
      } catch (IOException e) {
        throw new AssertionError(response.body(), e);
      }
    }
  }
}
