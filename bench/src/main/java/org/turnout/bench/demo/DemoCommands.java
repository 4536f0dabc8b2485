package org.turnout.bench.demo;

import java.util.List;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandProvider;

/** Brings {@code turnout demo} to the command line. */
public final class DemoCommands implements CommandProvider {
  @Override
  public List<Callable<Integer>> commands() {
    return List.of(new DemoCommand());
  }
}
