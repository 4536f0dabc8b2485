package org.turnout.admin.cli;

import picocli.CommandLine.Command;

/** {@code turnout finish}. */
@Command(
    name = "finish",
    mixinStandardHelpOptions = true,
    description = "Removes everything of Turnout from both sides; the primary of now stays.")
final class FinishCommand extends RouteCommand {

  FinishCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    return show(client.call("POST", route, "finish", ""));
  }
}
