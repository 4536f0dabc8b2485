package org.turnout.admin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code turnout reads}. */
@Command(
    name = "reads",
    mixinStandardHelpOptions = true,
    description = "Sets the share of eligible reads that go to green, in percent.")
final class ReadsCommand extends RouteCommand {
  @Parameters(index = "0", paramLabel = "PERCENT", description = "0 to 100, decimals allowed.")
  private double percent;

  ReadsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    if (!(percent >= 0 && percent <= 100)) {
      throw new CommandFailure(percent + " is not between 0 and 100");
    }
    return show(client.call("PUT", route, "reads", "{\"green\":" + percent + "}"));
  }
}
