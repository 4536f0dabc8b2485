package org.turnout.admin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code turnout mirror}. */
@Command(
    name = "mirror",
    mixinStandardHelpOptions = true,
    description = "Sets how writes reach the secondary: off or log (change capture).")
final class MirrorCommand extends RouteCommand {
  /** The modes that this version has. */
  enum Mode {
    off,
    log
  }

  @Parameters(index = "0", paramLabel = "MODE", description = "${COMPLETION-CANDIDATES}")
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private Mode mode;

  MirrorCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    return show(client.call("PUT", route, "mirror", "{\"mode\":\"" + mode + "\"}"));
  }
}
