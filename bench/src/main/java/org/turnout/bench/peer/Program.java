package org.turnout.bench.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A program of the machine, found on the path. */
public record Program(Path file) {
  /** Where servers are that the path of an ordinary user does not name. */
  private static final List<String> FURTHER = List.of("/usr/sbin", "/usr/local/sbin", "/sbin");

  public static Optional<Program> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(":")), FURTHER.stream())
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Program::new);
  }

  /** The first line of what it answers; empty when it does not run. */
  public String firstLine(String... arguments) throws InterruptedException {
    return output(arguments).lines().findFirst().orElse("").strip();
  }

  /** All that it writes; empty when it does not run. */
  public String output(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of(file.toString()));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return text;
    } catch (IOException e) {
      return "";
    }
  }
}
