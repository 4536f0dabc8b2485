package org.turnout.admin.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code turnout pause}. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    description = "Holds clients at their next boundary; opens by itself after the deadline.")
final class PauseCommand extends RouteCommand {
  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      description = "When it opens by itself (default: cutover.maxPause of the configuration).")
  private @Nullable Duration deadline;

  PauseCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    String body = deadline == null ? "" : "{\"deadlineMillis\":" + deadline.toMillis() + "}";
    return show(client.call("POST", route, "pause", body));
  }
}
