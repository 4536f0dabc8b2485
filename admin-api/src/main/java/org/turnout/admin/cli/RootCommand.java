package org.turnout.admin.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code turnout} alone: says what there is. */
@Command(
    name = "turnout",
    mixinStandardHelpOptions = true,
    versionProvider = RootCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Moves a live database without anyone noticing.",
    footer = {"", "Try `turnout demo`. The words and the steps are in docs/operate.md."})
final class RootCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  /** The version of the running build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String built = RootCommand.class.getPackage().getImplementationVersion();
      return new String[] {"turnout " + Optional.ofNullable(built).orElse("(development)")};
    }
  }
}
