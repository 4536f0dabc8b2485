package org.turnout.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.workload.LatencyProbe;
import org.turnout.bench.workload.Percentiles;
import org.turnout.bench.workload.Settlement;
import org.turnout.bench.workload.Shop;
import org.turnout.bench.workload.Tally;
import org.turnout.bench.workload.Workload;
import org.turnout.embedded.TemporaryDirectories;

/**
 * The whole of a migration, step by step, under a workload that runs from before the first step
 * until after the last. A step that fails ends the migration; the report is made all the same. Used
 * by one thread.
 */
final class Demo implements AutoCloseable {
  private static final double CYCLES_PER_SECOND = 25;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  private final Screen screen;
  private final Duration step;
  private final boolean kill;
  private final boolean hold;
  private final Path directory = TemporaryDirectories.create("turnout");
  private final List<DemoReport.Switch> switches = new ArrayList<>();
  private final List<String> findings = new ArrayList<>();
  private DemoReport.LatencyMicros latency =
      new DemoReport.LatencyMicros(Percentiles.NONE, Percentiles.NONE);
  private SidesComparison.Outcome sides = new SidesComparison.Outcome(0, 0, List.of());
  private Settlement.Outcome settled = new Settlement.Outcome(0, 0, List.of());
  private @Nullable CommandFailure failure;
  private @Nullable Databases databases;
  private @Nullable DemoRoute route;
  private @Nullable Workload workload;

  Demo(Screen screen, int seconds, boolean kill, boolean hold) {
    this.screen = screen;
    this.step = Duration.ofSeconds(seconds);
    this.kill = kill;
    this.hold = hold;
  }

  /** What went wrong, in words. */
  List<String> findings() {
    return findings;
  }

  /**
   * Passes on why the migration did not come to its end.
   *
   * @throws CommandFailure when a step failed
   */
  void requireSteps() throws CommandFailure {
    CommandFailure why = failure;
    if (why != null) {
      throw why;
    }
  }

  /** Runs all steps and settles the accounts. */
  DemoReport run() throws CommandFailure, SQLException, IOException, InterruptedException {
    Workload load;
    try {
      load = prepare();
    } catch (CommandFailure e) {
      failure = e;
      throw e;
    }
    long start = System.nanoTime();
    load.start();
    try {
      migrate(load);
    } catch (CommandFailure e) {
      failure = e;
    } catch (TimeoutException e) {
      failure = theRoute().failure("The clients stand still: " + e.getMessage());
    } catch (SQLException e) {
      failure = theRoute().failure("A database refused the demo: " + e.getMessage());
    }
    if (!hold || failure != null) {
      load.stop();
    } else {
      holdStill(load);
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    settle(load);
    if (hold && failure == null) {
      load.release();
    }
    return report(load, millis);
  }

  private static void holdStill(Workload load) throws InterruptedException, CommandFailure {
    try {
      load.hold();
    } catch (TimeoutException e) {
      throw new CommandFailure("The clients stand still: " + e.getMessage());
    }
  }

  private Workload prepare()
      throws SQLException, IOException, InterruptedException, CommandFailure {
    screen.begin("databases", "starting PostgreSQL 14 (blue) and 18 (green), filling blue");
    Databases sides = Databases.start();
    databases = sides;
    screen.end(
        "blue: PostgreSQL 14 on port "
            + sides.blue().port()
            + ", filled; green: PostgreSQL 18 on port "
            + sides.green().port());
    screen.begin("turnout", "starting");
    DemoRoute started = new DemoRoute(directory, sides);
    route = started;
    started.start();
    screen.end(
        "serves on port " + started.process().port() + ", admin " + started.process().admin());
    try (Connection blue = sides.connect("blue")) {
      Workload load =
          new Workload(
              sides.target(started.process().port()),
              Shop.read(blue),
              CYCLES_PER_SECOND,
              System.nanoTime());
      workload = load;
      return load;
    }
  }

  private void migrate(Workload load)
      throws IOException, InterruptedException, TimeoutException, CommandFailure, SQLException {
    DemoSteps steps = new DemoSteps(theRoute(), load, screen, step);
    Switching switching = new Switching(theRoute(), load, screen);
    direct(load);
    steps.copy(kill);
    steps.follow(kill);
    steps.verify();
    for (int percent : new int[] {10, 50, 100}) {
      steps.reads(percent);
    }
    switches.add(steps.changed("cutover", () -> switching.cutover(kill)));
    switches.add(steps.changed("rollback", switching::rollback));
    switches.add(steps.changed("cutover", () -> switching.cutover(false)));
    steps.verify();
    compare(load);
    steps.finish();
  }

  private void direct(Workload load) throws SQLException, InterruptedException, TimeoutException {
    screen.begin("direct", load.clients() + " clients work through Turnout on blue");
    load.awaitTurns(2L * load.clients());
    Databases sides = theDatabases();
    LatencyProbe.Result measured =
        LatencyProbe.measure(
            sides.target(sides.blue().port()), sides.target(theRoute().process().port()), step);
    latency = new DemoReport.LatencyMicros(measured.direct(), measured.proxied());
    screen.end(
        String.format(
            Locale.ROOT,
            "one row by key: %d µs straight to blue, %d µs through Turnout",
            measured.direct().p50(),
            measured.proxied().p50()));
  }

  /** Holds the clients, lets a row of our own prove that the secondary has caught up, compares. */
  private void compare(Workload load)
      throws IOException, InterruptedException, TimeoutException, CommandFailure, SQLException {
    screen.begin("compare", "holding the clients, comparing every row of both sides by hand");
    JsonNode state = theRoute().state();
    load.hold();
    String primary = state.path("primary").asText();
    String token = UUID.randomUUID().toString();
    try (Connection one = theDatabases().connect(primary);
        Connection other = theDatabases().connect(primary.equals("green") ? "blue" : "green")) {
      try (PreparedStatement insert =
          one.prepareStatement("INSERT INTO audit.event (kind, detail) VALUES (?, '{}')")) {
        insert.setString(1, token);
        insert.executeUpdate();
      }
      awaitArrival(other, token);
      boolean onGreen = primary.equals("green");
      sides = SidesComparison.compare(onGreen ? other : one, onGreen ? one : other);
    }
    load.release();
    findings.addAll(sides.samples());
    screen.end(
        String.format(
            Locale.ROOT, "%,d rows, %,d differences", sides.rowsCompared(), sides.differences()));
  }

  private void awaitArrival(Connection secondary, String token)
      throws SQLException, InterruptedException, CommandFailure {
    long deadline = System.nanoTime() + CATCH_UP.toNanos();
    try (PreparedStatement query =
        secondary.prepareStatement("SELECT 1 FROM audit.event WHERE kind = ?")) {
      query.setString(1, token);
      while (true) {
        try (ResultSet row = query.executeQuery()) {
          if (row.next()) {
            return;
          }
        }
        if (System.nanoTime() > deadline) {
          throw theRoute()
              .failure("The secondary did not catch up within " + CATCH_UP.toSeconds() + " s.");
        }
        theRoute().process().awaitEnd(20);
      }
    }
  }

  private void settle(Workload load) throws SQLException {
    String primary = primaryAtTheEnd();
    try (Connection connection = theDatabases().connect(primary)) {
      settled = load.settlement().check(connection);
    }
    findings.addAll(load.tally().samples());
    findings.addAll(settled.samples());
  }

  /** When Turnout cannot say it any more, the last change that was confirmed tells. */
  private String primaryAtTheEnd() {
    if (failure == null) {
      return "green";
    }
    try {
      return theRoute().state().path("primary").asText();
    } catch (IOException | CommandFailure e) {
      return switches.size() % 2 == 0 ? "blue" : "green";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return switches.size() % 2 == 0 ? "blue" : "green";
    }
  }

  private DemoReport report(Workload load, long millis) {
    Tally tally = load.tally();
    if (kill) {
      screen.say("  sessions cut by the kills and opened again: " + tally.reconnects());
    }
    return new DemoReport(
        tally.requests(),
        tally.errors(),
        tally.acknowledgedWrites(),
        settled.lostWrites(),
        tally.staleReads(),
        sides.rowsCompared(),
        sides.differences(),
        tally.invariantBroken() + settled.invariantBroken(),
        List.copyOf(switches),
        latency,
        millis);
  }

  /** Says where everything is, for {@code --hold}. */
  void describe() {
    TurnoutProcess process = theRoute().process();
    screen.say("");
    screen.say("Everything goes on until Ctrl-C:");
    screen.say(
        "  application: PGPASSWORD="
            + theDatabases().applicationPassword()
            + " psql -h 127.0.0.1 -p "
            + process.port()
            + " -U "
            + Databases.APPLICATION_ROLE
            + " "
            + Databases.NAME);
    screen.say("  admin API:   " + process.admin() + "/api/v1/routes/" + TurnoutProcess.ROUTE);
    screen.say("  log:         " + process.log());
  }

  private Databases theDatabases() {
    return Objects.requireNonNull(databases);
  }

  private DemoRoute theRoute() {
    return Objects.requireNonNull(route);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (workload != null) {
      workload.close();
    }
    if (route != null) {
      route.close();
      keepLogOfFailure(route.process().log());
    }
    if (databases != null) {
      databases.close();
    }
  }

  private void keepLogOfFailure(Path log) throws IOException {
    if ((failure != null || !findings.isEmpty()) && Files.exists(log)) {
      Path kept =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "turnout-demo-" + ProcessHandle.current().pid() + ".log");
      Files.copy(log, kept, StandardCopyOption.REPLACE_EXISTING);
      screen.say("Turnout's log is kept in " + kept);
    }
  }
}
