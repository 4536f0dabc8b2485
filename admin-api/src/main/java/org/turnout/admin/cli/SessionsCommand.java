package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code turnout sessions}. */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    description = "Shows the clients of a route and what would block a drain.")
final class SessionsCommand extends RouteCommand {
  private static final String FORMAT = "%6s  %-22s %-16s %-16s %-6s %8s  %s%n";

  SessionsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    JsonNode answer = client.call("GET", route, "sessions", "");
    if (options().json()) {
      terminal().out().println(answer);
      return DONE;
    }
    terminal()
        .out()
        .printf(Locale.ROOT, FORMAT, "ID", "CLIENT", "USER", "DATABASE", "SIDE", "SINCE", "STATE");
    for (JsonNode session : answer.path("sessions")) {
      terminal()
          .out()
          .printf(
              Locale.ROOT,
              FORMAT,
              session.path("id").asText(),
              session.path("client").asText(),
              session.path("user").asText(),
              session.path("database").asText(),
              session.path("side").asText(),
              SyncText.time(session.path("stateMillis").asLong()),
              session.path("state").asText());
    }
    terminal().out().flush();
    return DONE;
  }
}
