package org.turnout.admin.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program {@code turnout}: puts the commands together, runs the one that is named, and shows
 * failures as a sentence with advice. Exit status: 0 success, 1 failure, 2 wrong usage.
 */
public final class TurnoutCommandLine {
  private static final int WRONG_USAGE = 2;

  private TurnoutCommandLine() {}

  /** Runs one command and answers the exit status. */
  public static int run(Terminal terminal, Iterable<CommandProvider> providers, String... words) {
    Optional<Object> named =
        commands(terminal, providers).stream()
            .filter(command -> words.length > 0 && words[0].equals(name(command)))
            .findFirst();
    // Only the named one is read: reading all of them takes a third of the time that a start takes.
    return named
        .map(command -> commandLine(terminal, List.of(command)))
        .orElseGet(() -> commandLine(terminal, providers))
        .execute(words);
  }

  /** The parser of the whole command line, without running anything. */
  public static CommandLine commandLine(Terminal terminal, Iterable<CommandProvider> providers) {
    return commandLine(terminal, commands(terminal, providers));
  }

  private static List<Object> commands(Terminal terminal, Iterable<CommandProvider> providers) {
    List<Object> commands = new ArrayList<>();
    for (CommandProvider provider : providers) {
      commands.addAll(provider.commands());
    }
    commands.addAll(
        List.of(
            new StatusCommand(terminal),
            new SyncCommand(terminal),
            new ReadsCommand(terminal),
            new MirrorCommand(terminal),
            new VerifyCommand(terminal),
            new PauseCommand(terminal),
            new ResumeCommand(terminal),
            new CutoverCommand(terminal),
            new RollbackCommand(terminal),
            new FinishCommand(terminal),
            new SessionsCommand(terminal)));
    return commands;
  }

  private static String name(Object command) {
    return command.getClass().getAnnotation(Command.class).name();
  }

  private static CommandLine commandLine(Terminal terminal, List<Object> commands) {
    CommandLine line = new CommandLine(new RootCommand());
    commands.forEach(line::addSubcommand);
    return line.setOut(terminal.out())
        .setErr(terminal.err())
        .registerConverter(java.time.Duration.class, TurnoutCommandLine::duration)
        .setParameterExceptionHandler((wrong, arguments) -> wrongUsage(wrong, terminal))
        .setExecutionExceptionHandler(
            (failure, command, result) -> CommandRun.failed(failure, terminal));
  }

  private static int wrongUsage(ParameterException wrong, Terminal terminal) {
    CommandLine command = wrong.getCommandLine();
    terminal.err().println("turnout: " + wrong.getMessage());
    if (!UnmatchedArgumentException.printSuggestions(wrong, terminal.err())) {
      terminal.err().println("  See `" + command.getCommandSpec().qualifiedName() + " --help`.");
    }
    return WRONG_USAGE;
  }

  private static java.time.Duration duration(String text) {
    return org.turnout.config.Units.duration(text)
        .orElseThrow(
            () ->
                new CommandLine.TypeConversionException(
                    "\"" + text + "\" is not a duration; write for example 500ms or 2s"));
  }
}
