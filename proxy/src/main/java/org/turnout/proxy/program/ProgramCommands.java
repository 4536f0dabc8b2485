package org.turnout.proxy.program;

import java.util.List;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandProvider;

/**
 * The commands that need no running Turnout: {@code run}, {@code check}, {@code plan}, {@code
 * users}.
 */
public final class ProgramCommands implements CommandProvider {
  @Override
  public List<Callable<Integer>> commands() {
    return List.of(new RunCommand(), new CheckCommand(), new PlanCommand(), new UsersCommand());
  }
}
