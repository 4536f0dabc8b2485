package org.turnout.bench.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operation;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.StartedPeer;
import org.turnout.bench.peer.TurnoutServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code turnout train}, for the launcher: starts a Turnout under a short load and lets its JVM
 * write down which classes were loaded and which methods were hot, so that the next one starts with
 * that.
 *
 * @see <a href="https://openjdk.org/jeps/514">JEP 514: Ahead-of-Time Command-Line Ergonomics</a>
 */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    hidden = true,
    description = "Writes the file by which turnout run starts faster.")
final class TrainCommand implements Callable<Integer> {
  private static final Duration EACH = Duration.ofMillis(700);
  private static final Duration WRITING = Duration.ofMinutes(2);
  private static final int CLIENTS = 4;

  /** What a side is asked for where its URL says nothing: encryption, if it has it. */
  private static final String USUAL_MODE = "prefer";

  @Parameters(paramLabel = "FILE", description = "The file to write.")
  private Path file = Path.of("turnout.aot");

  @Override
  public Integer call() throws Exception {
    Path target = file.toAbsolutePath();
    try (Stage stage = Stage.embedded(2 * CLIENTS);
        Generator generator = new Generator()) {
      StartedPeer turnout =
          new TurnoutServer(
                  "",
                  stage.directory(),
                  stage.control(),
                  stage.green(),
                  stage.certificate(),
                  USUAL_MODE)
              .run(stage.blue(), Map.of("TURNOUT_JVM_OPTIONS", "-XX:AOTCacheOutput=" + target))
              .peer();
      try (turnout) {
        Login login = stage.blue().client();
        new FirstAnswer(generator, login).await(turnout);
        for (Operation operation : operations()) {
          work(generator, turnout, login, operation);
        }
        work(generator, turnout, login.overTls(), Operations.prepared());
        turnout.stop(WRITING);
      }
      if (!Files.isReadable(target)) {
        throw new CommandFailure("the JVM wrote no " + target, turnout.tail());
      }
    }
    return 0;
  }

  private static void work(
      Generator generator, StartedPeer turnout, Login login, Operation operation)
      throws LoadException, InterruptedException {
    try (SessionPool pool = generator.open(turnout.address(), login, operation, CLIENTS)) {
      pool.closedLoop(EACH);
    }
  }

  private static List<Operation> operations() {
    return List.of(
        Operations.simple(),
        Operations.extended(),
        Operations.prepared(),
        Operations.readWrite(),
        Operations.pipeline(),
        Operations.copyOut());
  }
}
