package org.turnout.admin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnout rollback}. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description = "Makes blue primary again.")
final class RollbackCommand extends RouteCommand {
  @Mixin private final SwitchLimit limit = new SwitchLimit();

  RollbackCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    return limit.run(this, client, route, "rollback");
  }
}
