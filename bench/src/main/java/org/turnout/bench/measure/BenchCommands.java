package org.turnout.bench.measure;

import java.util.List;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandProvider;

/** Brings {@code turnout bench}, and the training of its start, to the command line. */
public final class BenchCommands implements CommandProvider {
  @Override
  public List<Callable<Integer>> commands() {
    return List.of(new BenchCommand(), new TrainCommand());
  }
}
