package org.turnout.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The running server process of a data directory, found by its {@code postmaster.pid}. Checks that
 * the process is that directory's server, so that a number reused by another program is never hit.
 *
 * @param data absolute path without symbolic links
 */
record Postmaster(ProcessHandle process, Path data) {

  /** The server that runs on a data directory, if one does. */
  static Optional<Postmaster> of(Path data) {
    try {
      List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
      if (lines.isEmpty()) {
        return Optional.empty();
      }
      return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
          .filter(process -> worksIn(process, data))
          .map(process -> new Postmaster(process, data));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Ends the server and all its children by SIGKILL; returns when they are gone. The server goes
   * first, so that it starts no further child.
   */
  void kill() {
    kill(List.of(process));
    List<ProcessHandle> children = children();
    while (!children.isEmpty()) {
      kill(children);
      children = children();
    }
  }

  private List<ProcessHandle> children() {
    return ProcessHandle.allProcesses().filter(child -> worksIn(child, data)).toList();
  }

  private static void kill(List<ProcessHandle> processes) {
    processes.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture.allOf(
            processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .join();
  }

  /** Every process of a server works in its data directory; a dead one works nowhere. */
  private static boolean worksIn(ProcessHandle process, Path data) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
          .equals(data);
    } catch (IOException e) {
      return false;
    }
  }
}
