package org.turnout.proxy;

import java.util.Optional;
import java.util.ServiceLoader;
import org.turnout.admin.cli.CommandProvider;
import org.turnout.admin.cli.CommandRun;
import org.turnout.admin.cli.Terminal;
import org.turnout.admin.cli.TurnoutCommandLine;
import org.turnout.proxy.program.ProgramLog;
import org.turnout.proxy.program.RunCommand;

/** The program {@code turnout}; every command is one of the command line's. */
public final class Turnout {
  private Turnout() {}

  /** Runs the command that the words name; ends the process with its exit status. */
  public static void main(String[] words) {
    ProgramLog.use();
    Terminal terminal = Terminal.system();
    Optional<RunCommand> run = RunCommand.plain(words);
    System.exit(
        run.isPresent()
            ? CommandRun.of(run.get(), terminal)
            : TurnoutCommandLine.run(terminal, ServiceLoader.load(CommandProvider.class), words));
  }
}
