package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code turnout verify}: compares both sides and waits for the result. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Compares every row of both sides; exit status 0 only if they are equal.")
final class VerifyCommand extends RouteCommand {
  @Option(names = "--no-wait", description = "Do not wait for the result.")
  private boolean noWait;

  VerifyCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    // Right after a change of primary the sync of the other direction is about to follow.
    client.follow(route, it -> !it.path("sync").path("state").asText().equals("preparing"));
    JsonNode state = client.call("POST", route, "verify", "");
    if (noWait) {
      return show(state);
    }
    ProgressLines progress = new ProgressLines(terminal());
    client.follow(route, it -> done(it.path("verification"), progress));
    progress.end();
    JsonNode verification = client.state(route).path("verification");
    if (!verification.isObject()) {
      throw new CommandFailure(
          "the comparison was given up, because the sync was stopped or the primary changed",
          "Start it again once the sync follows; see `turnout status`.");
    }
    if (options().json()) {
      terminal().out().println(verification);
      return VerificationText.clean(verification) ? DONE : FAILED;
    }
    if (!VerificationText.clean(verification)) {
      throw new CommandFailure(
          "the sides were not found equal: " + VerificationText.line(verification),
          VerificationText.differences(verification));
    }
    terminal().out().println(VerificationText.line(verification));
    return DONE;
  }

  /** Ended, or forgotten: from the answer to the call on there is a comparison unless it was. */
  private static boolean done(JsonNode verification, ProgressLines progress) {
    if (verification.path("running").asBoolean()) {
      progress.show(
          "comparing",
          Bar.percent(
              verification.path("rowsCompared").asLong(), verification.path("rowsTotal").asLong()),
          VerificationText.line(verification));
    }
    return !verification.path("running").asBoolean();
  }
}
