package org.turnout.bench.demo;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turnout as a process of its own, with a configuration in the demo's directory, so that it can be
 * killed as a machine kills. Used by the demo's thread.
 */
final class TurnoutProcess implements AutoCloseable {
  static final String ROUTE = "shop";
  private static final String PASSWORD_VARIABLE = "TURNOUT_DEMO_PASSWORD";
  private static final int TAIL_LINES = 25;

  private final Path directory;
  private final Databases databases;
  private final int port;
  private final int adminPort;
  private @Nullable Process process;

  TurnoutProcess(Path directory, Databases databases) throws IOException {
    this.directory = directory;
    this.databases = databases;
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = one.getLocalPort();
      adminPort = other.getLocalPort();
    }
    Files.writeString(configuration(), yaml());
  }

  private String yaml() {
    return """
    admin: 127.0.0.1:%d
    state: state
    routes:
      %s:
        listen: 127.0.0.1:%d
        blue:
          url: "postgresql://%s@127.0.0.1:%d/%s"
          password: "${env:%s}"
        green:
          url: "postgresql://%s@127.0.0.1:%d/%s"
          password: "${env:%s}"
    """
        .formatted(
            adminPort,
            ROUTE,
            port,
            Databases.TURNOUT_ROLE,
            databases.blue().port(),
            Databases.NAME,
            PASSWORD_VARIABLE,
            Databases.TURNOUT_ROLE,
            databases.green().port(),
            Databases.NAME,
            PASSWORD_VARIABLE);
  }

  Path configuration() {
    return directory.resolve("turnout.yaml");
  }

  /** The port that the application connects to. */
  int port() {
    return port;
  }

  URI admin() {
    return URI.create("http://127.0.0.1:" + adminPort);
  }

  /** Starts the process; {@link AdminClient#isReady} says when it serves. */
  void start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command());
    builder.environment().put(PASSWORD_VARIABLE, databases.turnoutPassword());
    builder.directory(directory.toFile());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    process = builder.start();
  }

  /** The java, the flags and the class path of this process. */
  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent")) {
        command.add(flag);
      }
    }
    command.addAll(
        List.of(
            "-classpath",
            System.getProperty("java.class.path"),
            TurnoutChild.class.getName(),
            "run",
            "--config",
            configuration().toString()));
    return command;
  }

  boolean isAlive() {
    Process current = process;
    return current != null && current.isAlive();
  }

  /** Waits until the process has ended, but not longer than this. */
  void awaitEnd(long millis) throws InterruptedException {
    Process current = process;
    if (current != null) {
      current.waitFor(millis, TimeUnit.MILLISECONDS);
    }
  }

  /** Ends the process by SIGKILL; returns when it is gone. */
  void kill() throws InterruptedException {
    Process current = process;
    if (current != null) {
      current.destroyForcibly().waitFor();
    }
  }

  Path log() {
    return directory.resolve("turnout.log");
  }

  void noteInLog(String text) throws IOException {
    Files.writeString(log(), text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** The last lines that Turnout has logged. */
  String logTail() {
    try {
      List<String> lines = Files.exists(log()) ? Files.readAllLines(log()) : List.of();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(the log cannot be read: " + e.getMessage() + ")";
    }
  }

  /** Asks the process to end, and ends it when it does not. */
  @Override
  public void close() throws InterruptedException {
    Process current = process;
    if (current != null) {
      current.destroy();
      if (!current.waitFor(10, TimeUnit.SECONDS)) {
        current.destroyForcibly().waitFor();
      }
    }
  }
}
