package org.turnout.proxy.program;

import java.util.List;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.config.TurnoutConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.RoleCopy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code turnout users}: the roles of applications. */
@Command(
    name = "users",
    mixinStandardHelpOptions = true,
    description = "The roles with which applications log in.",
    subcommands = UsersCommand.Copy.class)
final class UsersCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    throw new CommandFailure(
        "users of what is not said", "Write `" + spec.qualifiedName() + " copy`.");
  }

  /** {@code turnout users copy}: lets green have the passwords of blue. */
  @Command(
      name = "copy",
      mixinStandardHelpOptions = true,
      description =
          "Makes the roles of blue on green, and gives those that are there the passwords that they"
              + " have on blue. Takes superusers on both sides; may be run again.")
  static final class Copy implements Callable<Integer> {
    @Mixin private final ConfigFile config = new ConfigFile();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
      TurnoutConfig loaded = config.load();
      ConfigFile.requirePostgres(loaded);
      for (RouteConfig route : loaded.routes()) {
        copy(route);
      }
      return 0;
    }

    private void copy(RouteConfig route) throws CommandFailure {
      try (PostgresSide blue = new PostgresSide(route.name(), Side.BLUE, route.blue());
          PostgresSide green = new PostgresSide(route.name(), Side.GREEN, route.green())) {
        RoleCopy.Outcome outcome = new RoleCopy(blue, green).run();
        print("route " + route.name() + ":");
        print("made on green", outcome.made());
        print("given the password of blue", outcome.changed());
        print("the same already", outcome.same());
        print("left as they are (superusers, and Turnout's own role)", outcome.left());
      } catch (SyncException e) {
        throw new CommandFailure("route " + route.name() + ": " + e.getMessage());
      }
    }

    private void print(String what, List<String> roles) {
      if (!roles.isEmpty()) {
        print("  " + what + ": " + String.join(", ", roles));
      }
    }

    private void print(String line) {
      spec.commandLine().getOut().println(line);
    }
  }
}
