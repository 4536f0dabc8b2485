package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;

/** {@code turnout status}: all routes, or the one that is named. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows where each route stands, and what blocks a cutover.")
final class StatusCommand extends RouteCommand {
  StatusCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client) throws CommandFailure, InterruptedException {
    if (options().route().isPresent()) {
      return run(client, options().route().get());
    }
    JsonNode answer = client.routes();
    if (options().json()) {
      terminal().out().println(answer);
    } else {
      answer.path("routes").forEach(this::print);
    }
    return DONE;
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    JsonNode state = client.state(route);
    if (options().json()) {
      terminal().out().println(state);
    } else {
      print(state);
    }
    return DONE;
  }

  private void print(JsonNode state) {
    StateText.lines(state).forEach(terminal().out()::println);
  }
}
