package org.turnout.bench.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that lives no longer than the measurement: it is ended by {@link #close}, by the end of
 * this program however it is asked to end, and, where the system has {@code setpriv}, also when
 * this program is killed. The thread that starts it must live as long as it is needed: its death is
 * the parent's death to the kernel.
 */
final class Child implements AutoCloseable {
  private static final int TAIL_LINES = 20;
  private static final int NOBODY = 65534;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Process process;
  private final Path log;
  private final Thread hook;

  private Child(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.hook = new Thread(process::destroyForcibly, "end-" + process.pid());
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts a program.
   *
   * @param asNobody whether root gives up its rights for it
   */
  static Child start(
      Path directory, boolean asNobody, Map<String, String> environment, List<String> command)
      throws IOException {
    List<String> whole = new ArrayList<>();
    // Ctrl-C is for this program, which ends the others when it no longer needs them.
    Program.find("setsid").ifPresent(program -> whole.add(program.file().toString()));
    whole.addAll(guard(asNobody));
    whole.addAll(command);
    Path log = directory.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(whole)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return new Child(process, log);
  }

  private static List<String> guard(boolean asNobody) throws IOException {
    var setpriv = Program.find("setpriv");
    if (setpriv.isEmpty()) {
      if (asNobody && isRoot()) {
        throw new IOException("root cannot give up its rights: there is no setpriv (util-linux)");
      }
      return List.of();
    }
    List<String> guard = new ArrayList<>(List.of(setpriv.get().file().toString()));
    if (asNobody && isRoot()) {
      guard.addAll(List.of("--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    guard.addAll(List.of("--pdeathsig", "TERM", "--"));
    return guard;
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Makes files readable for the one that root becomes. */
  static void give(Path... files) throws IOException {
    if (isRoot()) {
      for (Path file : files) {
        Files.setAttribute(file, "unix:uid", NOBODY);
      }
    }
  }

  /** A port of the loopback that nobody listens on. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The last lines that it has written. */
  String tail() {
    try {
      List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(its log cannot be read: " + e.getMessage() + ")";
    }
  }

  /** Asks it to end, and ends it when it does not. */
  @Override
  public void close() throws InterruptedException {
    stop(PATIENCE);
  }

  /** The same, with this much time for the end. */
  void stop(Duration patience) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The program is ending already, and the hook finds the process gone.
    }
  }
}
