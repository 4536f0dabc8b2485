package org.turnout.admin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnout cutover}. */
@Command(name = "cutover", mixinStandardHelpOptions = true, description = "Makes green primary.")
final class CutoverCommand extends RouteCommand {
  @Mixin private final SwitchLimit limit = new SwitchLimit();

  CutoverCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    return limit.run(this, client, route, "cutover");
  }
}
