package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What cutover and rollback share: the limit of the pause, and how the report is shown. */
final class SwitchLimit {
  @Option(
      names = "--max-pause",
      paramLabel = "DURATION",
      description =
          "The longest time for which clients may be held; then it aborts by itself"
              + " (default: cutover.maxPause of the configuration).")
  private @Nullable Duration maxPause;

  int run(RouteCommand command, AdminClient client, String route, String direction)
      throws CommandFailure, InterruptedException {
    String body = maxPause == null ? "" : "{\"maxPauseMillis\":" + maxPause.toMillis() + "}";
    JsonNode report = client.call("POST", route, direction, body);
    if (command.options().json()) {
      command.terminal().out().println(report);
    } else {
      command.terminal().out().println(ReportText.summary(report));
      ReportText.timeline(report).forEach(command.terminal().out()::println);
    }
    return RouteCommand.DONE;
  }
}
