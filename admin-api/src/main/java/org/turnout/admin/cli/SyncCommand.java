package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code turnout sync}: starts it and shows the copy until green follows; or stops it. */
@Command(
    name = "sync",
    mixinStandardHelpOptions = true,
    description = "Starts or resumes the copy to green and waits until green follows.")
final class SyncCommand extends RouteCommand {
  @Option(
      names = "--stop",
      description = "Stop it and remove what it made on both sides, rows on green included.")
  private boolean stop;

  @Option(names = "--no-wait", description = "Do not wait until green follows.")
  private boolean noWait;

  SyncCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(AdminClient client, String route) throws CommandFailure, InterruptedException {
    JsonNode state = client.call(stop ? "DELETE" : "POST", route, "sync", "");
    if (stop || noWait) {
      return show(state);
    }
    ProgressLines progress = new ProgressLines(terminal());
    client.follow(route, it -> settled(it, progress));
    progress.end();
    JsonNode now = client.state(route);
    JsonNode sync = now.path("sync");
    if (!sync.path("state").asText().equals("following")) {
      throw new CommandFailure(
          "the sync has ended: " + SyncText.line(sync), "Look at `turnout status`.");
    }
    show(now);
    if (!options().json()) {
      terminal().out().println("  sync      " + SyncText.line(sync));
    }
    return DONE;
  }

  /** Whether it follows, or will not by itself. */
  private static boolean settled(JsonNode state, ProgressLines progress) {
    JsonNode sync = state.path("sync");
    String word = sync.path("state").asText();
    progress.show(
        word,
        Bar.percent(sync.path("rowsCopied").asLong(), sync.path("rowsTotal").asLong()),
        SyncText.line(sync));
    return switch (word) {
      // The route takes note of the copy's end a moment after the sync itself.
      case "following" -> !state.path("phase").asText().equals("copying");
      case "failed", "off" -> true;
      default -> false;
    };
  }
}
