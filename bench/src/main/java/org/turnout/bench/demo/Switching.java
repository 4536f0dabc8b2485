package org.turnout.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.demo.AdminClient.Answer;
import org.turnout.bench.workload.Workload;

/**
 * Changes the primary under load, and measures at the clients what they noticed. An attempt that
 * Turnout aborts by itself has cost the clients a delay only, and is made again.
 */
final class Switching {
  private static final int ATTEMPTS = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final DemoRoute route;
  private final Workload workload;
  private final Screen screen;

  Switching(DemoRoute route, Workload workload, Screen screen) {
    this.route = route;
    this.workload = workload;
    this.screen = screen;
  }

  /** Makes green primary; with {@code kill}, kills Turnout in the middle of the first attempt. */
  DemoReport.Switch cutover(boolean kill)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    return perform("cutover", "green", kill);
  }

  /** Makes blue primary again. */
  DemoReport.Switch rollback()
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    return perform("rollback", "blue", false);
  }

  private DemoReport.Switch perform(String verb, String target, boolean kill)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    List<String> failures = new ArrayList<>();
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      awaitSwitchable(target);
      workload.openWindow();
      CompletableFuture<Answer> asked = route.client().postAsync("/" + verb, "{}");
      if (kill && attempt == 1) {
        if (killInTheMiddle(asked, target)) {
          return killed(target);
        }
        continue;
      }
      Answer answer = answer(asked);
      double slowest = workload.closeWindow();
      if (answer.isSuccess()) {
        return report(answer.body(), slowest);
      }
      failures.add(answer.describe());
      screen.note(verb + " " + answer.describe() + "; trying again");
      if (answer.problem().equals("in-doubt")) {
        route.await("the gate opens", PATIENCE, state -> {}, Switching::isOpen);
      }
    }
    throw route.failure(
        "No " + verb + " in " + ATTEMPTS + " attempts:\n" + String.join("\n", failures));
  }

  private Answer answer(CompletableFuture<Answer> asked) throws CommandFailure {
    try {
      return asked.join();
    } catch (CompletionException e) {
      throw route.failure("Turnout did not answer: " + e.getCause());
    }
  }

  /** Verifies where that is what is missing; a rollback also needs its way back proved. */
  private void awaitSwitchable(String target)
      throws IOException, InterruptedException, CommandFailure {
    while (true) {
      JsonNode state =
          route.await(
              "nothing blocks making " + target + " primary",
              PATIENCE,
              now -> screen.progress("waiting: " + String.join("; ", DemoRoute.blockers(now))),
              now -> isVerificationMissing(now) || isSwitchable(now, target));
      if (isSwitchable(state, target)) {
        return;
      }
      new Verifying(route, screen).run();
    }
  }

  private static boolean isVerificationMissing(JsonNode state) {
    return DemoRoute.hasBlocker(state, "not-verified") && DemoRoute.blockers(state).size() == 1;
  }

  private static boolean isSwitchable(JsonNode state, String target) {
    return isOpen(state)
        && DemoRoute.blockers(state).isEmpty()
        && (target.equals("green") || state.path("rollback").path("ready").asBoolean());
  }

  private static boolean isOpen(JsonNode state) {
    return state.path("gate").asText().equals("open");
  }

  private boolean killInTheMiddle(CompletableFuture<Answer> asked, String target)
      throws IOException, InterruptedException, CommandFailure {
    route.await(
        "the gate closes", PATIENCE, state -> {}, state -> asked.isDone() || !isOpen(state));
    boolean early = !asked.isDone();
    route.killAndRestart(workload);
    JsonNode state = route.await("the route serves again", PATIENCE, now -> {}, Switching::isOpen);
    boolean switched = state.path("primary").asText().equals(target);
    screen.note(
        "killed "
            + (early ? "in the middle of" : "right after")
            + " the cutover: "
            + (switched
                ? "it went on to " + target
                : "the old primary serves, and it is made again"));
    return switched;
  }

  /** The process that knew the pause is gone: what the clients noticed is all that is known. */
  private DemoReport.Switch killed(String target) throws InterruptedException, TimeoutException {
    double slowest = workload.closeWindow();
    String direction = target.equals("green") ? "blue-to-green" : "green-to-blue";
    return new DemoReport.Switch(direction, slowest, slowest, List.of());
  }

  private static DemoReport.Switch report(JsonNode report, double slowest) {
    List<JsonNode> timeline = new ArrayList<>();
    report.path("timeline").forEach(timeline::add);
    return new DemoReport.Switch(
        report.path("direction").asText(),
        report.path("pauseMicros").asLong() / 1000.0,
        slowest,
        timeline);
  }
}
