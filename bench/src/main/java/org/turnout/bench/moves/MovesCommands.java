package org.turnout.bench.moves;

import java.util.List;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandProvider;

/** Brings {@code turnout moves} to the command line. */
public final class MovesCommands implements CommandProvider {
  @Override
  public List<Callable<Integer>> commands() {
    return List.of(new MovesCommand());
  }
}
