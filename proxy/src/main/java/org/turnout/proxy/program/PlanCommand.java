package org.turnout.proxy.program;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.config.TurnoutConfig;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.engine.SyncEngines;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Preparation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code turnout plan}: what an administrator has to execute on each side before a migration, and
 * what else stands in its way. Changes nothing.
 */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description =
        "Looks at both sides of each route, changing nothing, and prints the SQL that an"
            + " administrator has to execute on each for Turnout's role, and what else stands in"
            + " the way. Exit status 0 only if nothing does.")
final class PlanCommand implements Callable<Integer> {
  @Mixin private final ConfigFile config = new ConfigFile();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    TurnoutConfig loaded = config.load();
    ConfigFile.requirePostgres(loaded);
    boolean ready = true;
    for (RouteConfig route : loaded.routes()) {
      try {
        ready &= prepare(route);
        ready &= inspect(route);
      } catch (SyncException e) {
        throw new CommandFailure(
            "route " + route.name() + ": " + e.getMessage(),
            "Both sides must be reachable with the users and passwords of the configuration.");
      }
    }
    return ready ? 0 : 1;
  }

  private boolean prepare(RouteConfig route) throws SyncException {
    boolean verifiers = route.authentication().method() == AuthenticationConfig.Method.SCRAM;
    boolean ready = true;
    for (Side which : Side.values()) {
      try (PostgresSide side = new PostgresSide(route.name(), which, route.side(which))) {
        List<String> statements = new Preparation(side).statements(verifiers);
        print(
            "-- route "
                + route.name()
                + ", "
                + side
                + ": "
                + (statements.isEmpty()
                    ? "Turnout's role has the rights that it needs"
                    : "a superuser has to execute"));
        statements.forEach(this::print);
        ready &= statements.isEmpty();
      }
    }
    return ready;
  }

  private boolean inspect(RouteConfig route) throws SyncException {
    try (SyncEngine engine = SyncEngines.postgres(route)) {
      List<Finding> findings = engine.inspect();
      for (Finding finding : findings) {
        print(
            "-- "
                + finding.severity().name().toLowerCase(Locale.ROOT)
                + " "
                + finding.code()
                + " ("
                + finding.subject()
                + "): "
                + finding.message());
        print("--   " + finding.advice());
      }
      return findings.stream().noneMatch(finding -> finding.severity() == Finding.Severity.BLOCKER);
    }
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line);
  }
}
