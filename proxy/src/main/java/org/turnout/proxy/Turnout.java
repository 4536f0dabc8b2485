package org.turnout.proxy;

import java.util.ServiceLoader;
import org.turnout.admin.cli.CommandProvider;
import org.turnout.admin.cli.Terminal;
import org.turnout.admin.cli.TurnoutCommandLine;

/** The program {@code turnout}; every command is one of the command line's. */
public final class Turnout {
  private Turnout() {}

  /** Runs the command that the words name; ends the process with its exit status. */
  public static void main(String[] words) {
    System.exit(
        TurnoutCommandLine.run(
            Terminal.system(), ServiceLoader.load(CommandProvider.class), words));
  }
}
