package org.turnout.admin.cli;

import picocli.CommandLine.Command;

/** {@code turnout resume}. */
@Command(name = "resume", mixinStandardHelpOptions = true, description = "Lets clients go on.")
final class ResumeCommand extends RouteCommand {

  ResumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    return show(client.call("POST", route, "resume", ""));
  }
}
