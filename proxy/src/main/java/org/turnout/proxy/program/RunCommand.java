package org.turnout.proxy.program;

import java.nio.file.Path;
import java.util.Optional;
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
public final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  private static final String CONFIG = "--config";
  private static final String TAKEOVER = "--takeover";

  @Mixin private final ConfigFile config = new ConfigFile();

  @Option(
      names = TAKEOVER,
      description =
          "Take over from the Turnout that runs with the same state directory: its listening"
              + " sockets are gone on with, it drains and ends, and then this one serves. No client"
              + " is refused in between.")
  private boolean takeover;

  /**
   * The command that the words name, where they are {@code run} and its own options as everyone
   * writes them; empty where they are anything else, which is for the parser of the command line.
   * That one takes longer to be ready than the rest of a start until the configuration is read.
   */
  public static Optional<RunCommand> plain(String... words) {
    if (words.length == 0 || !words[0].equals("run")) {
      return Optional.empty();
    }
    RunCommand command = new RunCommand();
    boolean configured = false;
    for (int i = 1; i < words.length; i++) {
      if (words[i].equals(TAKEOVER) && !command.takeover) {
        command.takeover = true;
      } else if (words[i].equals(CONFIG) && !configured && isName(words, i + 1)) {
        configured = true;
        i++;
        command.config.name(Path.of(words[i]));
      } else {
        return Optional.empty();
      }
    }
    if (!configured) {
      command.config.name(Path.of(ConfigFile.USUAL));
    }
    return Optional.of(command);
  }

  /** Whether a word can only be a file's name. */
  private static boolean isName(String[] words, int i) {
    return i < words.length
        && !words[i].isEmpty()
        && !words[i].startsWith("-")
        && words[i].chars().allMatch(c -> Character.isLetterOrDigit(c) || "._-/".indexOf(c) >= 0);
  }

  Path file() {
    return config.file();
  }

  boolean takesOver() {
    return takeover;
  }

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
