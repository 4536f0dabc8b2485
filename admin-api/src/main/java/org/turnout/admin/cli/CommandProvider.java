package org.turnout.admin.cli;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * Brings commands of another module to the command line; found by {@link java.util.ServiceLoader}.
 * Each command is an object with picocli's {@code @Command}, whose {@code call} answers the exit
 * status: 0 only on success. A command that cannot do its work throws {@link CommandFailure}, which
 * is shown as one sentence with its advice; anything else that it throws is a defect of Turnout.
 */
public interface CommandProvider {
  /** New command objects; asked once for each invocation of the program. */
  List<Callable<Integer>> commands();
}
