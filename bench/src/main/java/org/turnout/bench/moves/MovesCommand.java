package org.turnout.bench.moves;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.ConfigException;
import org.turnout.config.ConfigLoader;
import org.turnout.config.RouteConfig;
import org.turnout.config.TurnoutConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code turnout moves}, for compatibility/run: serves the first route of a configuration by its
 * blue database alone, and moves all sessions from one backend to another of that same database
 * until the process is told to end. Tables, types and functions that a client makes are there after
 * each move, so that tests which make their own run under it; what a session is after a move is
 * what it is after a change of primary.
 */
@Command(
    name = "moves",
    mixinStandardHelpOptions = true,
    hidden = true,
    description = "Serves blue, and moves all sessions to other backends of it all the time.")
final class MovesCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "turnout.yaml",
      description = "The configuration; its first route is served.")
  private Path config = Path.of("turnout.yaml");

  @Option(
      names = "--every",
      paramLabel = "MILLIS",
      defaultValue = "200",
      description = "How long sessions are left alone between two moves (${DEFAULT-VALUE}).")
  private int every = 200;

  @Option(
      names = "--max-pause",
      paramLabel = "MILLIS",
      defaultValue = "300",
      description =
          "How long sessions may be held until all stand at a boundary (${DEFAULT-VALUE}).")
  private int maxPause = 300;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "moves.txt",
      description = "Where it is written at the end how many moves there were.")
  private Path report = Path.of("moves.txt");

  @Override
  public Integer call() throws Exception {
    if (every < 1 || maxPause < 1) {
      throw new CommandFailure("--every and --max-pause must be 1 or more milliseconds");
    }
    RouteConfig route = route();
    MoveTally tally = new MoveTally();
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> awaitEnd(told, ended)));
    try (OneDatabase served = OneDatabase.open(route)) {
      Mover mover = new Mover(served.traffic(), Duration.ofMillis(maxPause), tally);
      while (!told.await(every, TimeUnit.MILLISECONDS)) {
        mover.move();
      }
      tally.write(report);
    } finally {
      ended.countDown();
    }
    return 0;
  }

  /** The signal that ends the process asks the loop to end, and waits until it has. */
  private static void awaitEnd(CountDownLatch told, CountDownLatch ended) {
    told.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RouteConfig route() throws CommandFailure {
    try {
      TurnoutConfig read = ConfigLoader.load(config);
      return read.routes().getFirst();
    } catch (ConfigException e) {
      throw new CommandFailure(
          "the configuration is refused",
          e.problems().stream().map(ConfigException.Problem::toString).toList());
    }
  }
}
