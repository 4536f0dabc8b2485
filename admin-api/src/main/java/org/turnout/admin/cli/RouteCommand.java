package org.turnout.admin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command about one route of a running Turnout. */
abstract class RouteCommand implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;

  private final Terminal terminal;
  @Mixin private final ControlOptions options = new ControlOptions();

  RouteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public final Integer call() throws CommandFailure, InterruptedException {
    try (AdminClient client = options.client()) {
      return run(client);
    } catch (CommandFailure failure) {
      if (options.json() && failure.document().isPresent()) {
        terminal.out().println(failure.document().get());
        return FAILED;
      }
      throw failure;
    }
  }

  /** Does the work; answers the exit status. */
  int run(AdminClient client) throws CommandFailure, InterruptedException {
    return run(client, client.route(options.route()));
  }

  /** Does the work on one route; answers the exit status. */
  abstract int run(AdminClient client, String route) throws CommandFailure, InterruptedException;

  Terminal terminal() {
    return terminal;
  }

  ControlOptions options() {
    return options;
  }

  /** Shows the state that a change led to. */
  int show(JsonNode state) {
    terminal.out().println(options.json() ? state.toString() : StateText.line(state));
    return DONE;
  }
}
