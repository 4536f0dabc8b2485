package org.turnout.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.demo.AdminClient.Answer;
import org.turnout.bench.workload.Workload;

/**
 * The route of the demo as its operator sees it: the Turnout process and its admin API. Every wait
 * has a deadline, and every failure shows the end of Turnout's log. Used by the demo's thread.
 */
final class DemoRoute implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(120);
  private static final long LOOK_MILLIS = 250;

  private final TurnoutProcess process;
  private final AdminClient client;
  private @Nullable RouteWatch watch;

  DemoRoute(Path directory, Databases databases) throws IOException {
    process = new TurnoutProcess(directory, databases);
    client = new AdminClient(process.admin(), TurnoutProcess.ROUTE);
  }

  /** Starts Turnout; returns when it serves. */
  void start() throws IOException, InterruptedException, CommandFailure {
    process.start();
    long deadline = System.nanoTime() + READY.toNanos();
    while (!client.isReady()) {
      if (!process.isAlive()) {
        throw failure("Turnout ended instead of serving.");
      }
      if (System.nanoTime() > deadline) {
        throw failure("Turnout was not ready within " + READY.toSeconds() + " s.");
      }
      process.awaitEnd(50);
    }
    watch = new RouteWatch(client);
  }

  /** Kills Turnout by SIGKILL and starts it again, announced to the workload. */
  void killAndRestart(Workload workload) throws IOException, InterruptedException, CommandFailure {
    workload.outageBegins();
    process.kill();
    closeWatch();
    process.noteInLog("--- killed by the demo ---");
    start();
    workload.outageEnded();
  }

  TurnoutProcess process() {
    return process;
  }

  AdminClient client() {
    return client;
  }

  /** The state of now. */
  JsonNode state() throws IOException, InterruptedException, CommandFailure {
    return success("the state of the route", client::state);
  }

  /** Changes something by POST; the route's state after it. */
  JsonNode post(String path) throws IOException, InterruptedException, CommandFailure {
    return success(path.substring(1), () -> client.post(path, "{}"));
  }

  JsonNode reads(int percent) throws IOException, InterruptedException, CommandFailure {
    return success("reads", () -> client.put("/reads", "{\"green\": " + percent + "}"));
  }

  /** How many queries a side has answered through Turnout since its start, as its metrics say. */
  long queries(String side) throws IOException, InterruptedException, CommandFailure {
    String label = "side=\"" + side + "\"";
    return client
        .metrics()
        .lines()
        .filter(line -> line.startsWith("turnout_queries_total") && line.contains(label))
        .findFirst()
        .map(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .orElseThrow(() -> failure("The metrics do not say how many queries each side answered."));
  }

  private interface Call {
    Answer send() throws IOException, InterruptedException;
  }

  private JsonNode success(String what, Call call)
      throws IOException, InterruptedException, CommandFailure {
    Answer answer;
    try {
      answer = call.send();
    } catch (IOException e) {
      throw failure("Turnout did not answer (" + what + "): " + e);
    }
    if (!answer.isSuccess()) {
      throw failure("Turnout refused (" + what + "): " + answer.describe());
    }
    return answer.body();
  }

  /** Waits until the route's state is as wanted, showing each that is looked at. */
  JsonNode await(
      String what, Duration deadline, Consumer<JsonNode> shown, Predicate<JsonNode> wanted)
      throws IOException, InterruptedException, CommandFailure {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      RouteWatch current = Objects.requireNonNull(watch);
      long seen = current.events();
      JsonNode state = state();
      shown.accept(state);
      if (wanted.test(state)) {
        return state;
      }
      if (state.path("sync").path("state").asText().equals("failed")) {
        throw failure("The sync failed: " + state.path("sync").path("error").asText());
      }
      if (System.nanoTime() > end) {
        throw failure(
            "Not reached within " + deadline.toSeconds() + " s: " + what + ". State: " + state);
      }
      current.awaitMoreThan(seen, LOOK_MILLIS);
    }
  }

  /** The blockers of a state, in words. */
  static List<String> blockers(JsonNode state) {
    List<String> found = new ArrayList<>();
    for (JsonNode finding : state.path("blockers")) {
      if (finding.path("severity").asText().equals("blocker")) {
        found.add(AdminClient.Answer.describe(finding));
      }
    }
    return found;
  }

  static boolean hasBlocker(JsonNode state, String code) {
    for (JsonNode finding : state.path("blockers")) {
      if (finding.path("code").asText().equals(code)) {
        return true;
      }
    }
    return false;
  }

  CommandFailure failure(String message) {
    return new CommandFailure(
        message, "The end of Turnout's log:\n" + process.logTail().indent(4).stripTrailing());
  }

  private void closeWatch() {
    RouteWatch current = watch;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public void close() throws InterruptedException {
    closeWatch();
    client.close();
    process.close();
  }
}
