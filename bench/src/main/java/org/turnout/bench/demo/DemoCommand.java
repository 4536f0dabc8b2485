package org.turnout.bench.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code turnout demo}: exit status 0 only when every step was done and nothing went wrong. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the whole of a migration: embedded PostgreSQL 14 is moved to 18 and back and forth",
      "again, under an application that checks everything it reads and wrote."
    })
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the report to this file as JSON.")
  private @Nullable Path json;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How long each step under load lasts (default: ${DEFAULT-VALUE}).")
  private int seconds = 3;

  @Option(
      names = "--kill",
      description =
          "Kill Turnout in the middle of copy, follow and cutover by SIGKILL, and start it again.")
  private boolean kill;

  @Option(names = "--hold", description = "Leave everything running at the end, until Ctrl-C.")
  private boolean hold;

  @Override
  public Integer call() throws Exception {
    if (seconds < 1) {
      throw new CommandFailure("--seconds must be 1 or more");
    }
    Screen screen = Screen.standard();
    try (Demo demo = new Demo(screen, seconds, kill, hold)) {
      DemoReport report = demo.run();
      screen.report(report, demo.findings());
      write(report);
      demo.requireSteps();
      if (hold) {
        demo.describe();
        new CountDownLatch(1).await();
      }
      return report.isClean() ? 0 : 1;
    }
  }

  private void write(DemoReport report) throws CommandFailure {
    Path file = json;
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, report.toJson());
    } catch (IOException e) {
      throw new CommandFailure(
          "The report cannot be written to " + file + ": " + e.getMessage(),
          "Give a file in a directory that exists and that you may write to.");
    }
  }
}
