package org.turnout.admin.cli;

import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one command and shows what keeps it from its work: a failure as a sentence with advice, a
 * defect as such. Knows nothing of how the command line was read.
 */
public final class CommandRun {
  private static final Logger LOG = LoggerFactory.getLogger(CommandRun.class);
  private static final int FAILED = 1;

  private CommandRun() {}

  /** Runs a command whose options are set, and answers the exit status. */
  public static int of(Callable<Integer> command, Terminal terminal) {
    try {
      return command.call();
    } catch (Exception failure) {
      return failed(failure, terminal);
    }
  }

  /** Shows what a command has thrown, and answers the exit status for it. */
  static int failed(Exception failure, Terminal terminal) {
    terminal.undraw();
    if (failure instanceof CommandFailure told) {
      terminal.err().println("turnout: " + told.getMessage());
      told.advice().forEach(advice -> terminal.err().println("  " + advice));
    } else if (failure instanceof InterruptedException) {
      terminal.err().println("turnout: interrupted");
    } else {
      LOG.debug("a command failed", failure);
      terminal.err().println("turnout: a defect of Turnout: " + failure);
      terminal.err().println("  Run it again with TURNOUT_LOG=debug and report what it shows.");
    }
    return FAILED;
  }
}
