package org.turnout.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.workload.Tally;
import org.turnout.bench.workload.Workload;

/** The steps that an operator takes, each followed by a time under load. */
final class DemoSteps {
  private static final Duration COPY_PATIENCE = Duration.ofMinutes(5);
  private static final long LOOK_MILLIS = 200;

  private final DemoRoute route;
  private final Workload workload;
  private final Screen screen;
  private final Duration time;

  DemoSteps(DemoRoute route, Workload workload, Screen screen, Duration time) {
    this.route = route;
    this.workload = workload;
    this.screen = screen;
    this.time = time;
  }

  /** A change of primary. */
  @FunctionalInterface
  interface Change {
    DemoReport.Switch make()
        throws IOException, InterruptedException, TimeoutException, CommandFailure;
  }

  void copy(boolean kill)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    screen.begin("copy", "every row of blue goes to green, under load");
    route.post("/sync");
    if (kill) {
      JsonNode state =
          route.await(
              "rows are copied",
              COPY_PATIENCE,
              this::showCopy,
              now -> isFollowing(now) || now.path("sync").path("rowsCopied").asLong() > 0);
      route.killAndRestart(workload);
      screen.note(
          String.format(
              Locale.ROOT,
              "killed with %,d rows copied; started again",
              state.path("sync").path("rowsCopied").asLong()));
    }
    JsonNode state =
        route.await("the copy ends", COPY_PATIENCE, this::showCopy, DemoSteps::isFollowing);
    workload.awaitTurns(workload.clients());
    screen.end(String.format(Locale.ROOT, "%,d rows", rowsTotal(state)));
  }

  private static boolean isFollowing(JsonNode state) {
    return state.path("sync").path("state").asText().equals("following");
  }

  private static long rowsTotal(JsonNode state) {
    return Math.max(
        state.path("sync").path("rowsTotal").asLong(),
        state.path("sync").path("rowsCopied").asLong());
  }

  private void showCopy(JsonNode state) {
    JsonNode sync = state.path("sync");
    if (!sync.path("state").asText().equals("copying")) {
      screen.progress(sync.path("state").asText());
      return;
    }
    long copied = sync.path("rowsCopied").asLong();
    String eta =
        sync.path("etaMillis").isNumber()
            ? String.format(Locale.ROOT, ", %.0f s to go", sync.path("etaMillis").asLong() / 1000.0)
            : "";
    screen.progress(
        (double) copied / Math.max(1, rowsTotal(state)),
        String.format(
            Locale.ROOT,
            "%,d of %,d rows, %,d/s%s",
            copied,
            rowsTotal(state),
            sync.path("rowsPerSecond").asLong(),
            eta));
  }

  void follow(boolean kill)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    screen.begin("follow", "green follows blue");
    if (kill) {
      load(time.dividedBy(2));
      route.killAndRestart(workload);
      screen.note("killed while following; started again");
    }
    load(time);
    JsonNode state =
        route.await("green follows", COPY_PATIENCE, this::showCopy, DemoSteps::isFollowing);
    screen.end(
        String.format(
            Locale.ROOT,
            "%,d changes applied, %s behind",
            state.path("sync").path("changesApplied").asLong(),
            lag(state)));
  }

  private static String lag(JsonNode state) {
    JsonNode lag = state.path("sync").path("lagMillis");
    return lag.isNumber() ? lag.asLong() + " ms" : "not known how far";
  }

  void verify() throws IOException, InterruptedException, CommandFailure {
    screen.begin("verify", "comparing every row, under load");
    long rows = new Verifying(route, screen).run();
    screen.end(String.format(Locale.ROOT, "%,d rows are equal", rows));
  }

  void reads(int percent)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    screen.begin("reads", percent + " % of the reads go to green");
    route.reads(percent);
    long blue = route.queries("blue");
    long green = route.queries("green");
    load(time);
    blue = route.queries("blue") - blue;
    green = route.queries("green") - green;
    if (percent == 100 && green == 0) {
      throw route.failure("Not one read has reached green, though all should that may.");
    }
    screen.end(
        String.format(
            Locale.ROOT,
            "%d %% wanted; %,d queries went to green, %,d to blue with all writes; %d stale",
            percent,
            green,
            blue,
            workload.tally().staleReads()));
  }

  DemoReport.Switch changed(String verb, Change change)
      throws IOException, InterruptedException, TimeoutException, CommandFailure {
    screen.begin(verb, "changing the primary, under load");
    DemoReport.Switch made = change.make();
    load(time);
    screen.end(made.direction() + ": " + made.words());
    return made;
  }

  void finish() throws IOException, InterruptedException, TimeoutException, CommandFailure {
    screen.begin("finish", "removing what Turnout made on both sides");
    route.post("/finish");
    load(time);
    screen.end("nothing of Turnout is left on the databases; the clients work on green");
  }

  /** Lets the clients work for a time; returns early only by failing. */
  private void load(Duration duration)
      throws InterruptedException, TimeoutException, CommandFailure {
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end) {
      route.process().awaitEnd(LOOK_MILLIS);
      if (!route.process().isAlive()) {
        throw route.failure("Turnout has ended by itself.");
      }
      screen.progress(figures());
    }
    workload.awaitTurns(workload.clients());
  }

  private String figures() {
    Tally tally = workload.tally();
    return String.format(
        Locale.ROOT,
        "%,d requests, %,d writes acknowledged, %d errors, %d stale",
        tally.requests(),
        tally.acknowledgedWrites(),
        tally.errors(),
        tally.staleReads());
  }
}
