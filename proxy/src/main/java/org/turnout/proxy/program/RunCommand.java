package org.turnout.proxy.program;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.admin.cli.CommandFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnout run}: serves until the process is told to end. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Serves the routes of the configuration, until it is ended.")
final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  @Mixin private final ConfigFile config = new ConfigFile();

  @Option(
      names = "--takeover",
      description =
          "Take over from the Turnout that runs with the same state directory: its listening"
              + " sockets are gone on with, it drains and ends, and then this one serves. No client"
              + " is refused in between.")
  private boolean takeover;

  @Override
  public Integer call() throws CommandFailure, InterruptedException {
    CountDownLatch taken = new CountDownLatch(1);
    RunningTurnout turnout = RunningTurnout.start(config.load(), takeover, taken::countDown);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("turnout-stop").unstarted(() -> stop(turnout)));
    LOG.info("Turnout serves {}; admin API on http://{}", config.file(), turnout.admin());
    // The process ends by its signal, in the hook; or here, when another one has taken over.
    taken.await();
    return 0;
  }

  /** Ends the process with success: being told to end is no failure. */
  private static void stop(RunningTurnout turnout) {
    LOG.info("Turnout stops");
    turnout.close();
    Runtime.getRuntime().halt(0);
  }
}
