package org.turnout.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What processes cost, as the operating system counts it. Processor time is that of all threads, in
 * user and in kernel mode, from {@code /proc/<pid>/task/<tid>/schedstat}, in nanoseconds; of a
 * thread that has ended in between, what it did since the last look is missing. Used by the
 * measuring thread.
 */
public final class Cost {
  private final Peer peer;
  private final Map<Path, Long> last = new HashMap<>();
  private long total;

  public Cost(Peer peer) {
    this.peer = peer;
  }

  /** Nanoseconds of processor time since the first call. */
  public long processorNanos() throws IOException {
    boolean first = last.isEmpty();
    for (ProcessHandle process : peer.processes()) {
      for (Path task : tasks(process)) {
        long now = onProcessor(task);
        Long before = last.put(task, Math.max(now, last.getOrDefault(task, 0L)));
        if (!first) {
          total += Math.max(0, now - (before == null ? 0 : before));
        }
      }
    }
    return total;
  }

  private static List<Path> tasks(ProcessHandle process) throws IOException {
    Path directory = Path.of("/proc", Long.toString(process.pid()), "task");
    try (Stream<Path> tasks = Files.list(directory)) {
      return tasks.toList();
    } catch (NoSuchFileException e) {
      throw new IOException("process " + process.pid() + " has ended", e);
    }
  }

  private static long onProcessor(Path task) throws IOException {
    try {
      String text = Files.readString(task.resolve("schedstat"));
      return Long.parseLong(text.substring(0, text.indexOf(' ')));
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      if (Files.exists(task)) {
        throw e;
      }
      return 0;
    }
  }

  /** Bytes of memory that are resident now. */
  public static long resident(Peer peer) throws IOException {
    return status(peer, "VmRSS:");
  }

  /** The most bytes of memory that ever were resident. */
  public static long mostResident(Peer peer) throws IOException {
    return status(peer, "VmHWM:");
  }

  private static long status(Peer peer, String field) throws IOException {
    long bytes = 0;
    for (ProcessHandle process : peer.processes()) {
      for (String line :
          Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        if (line.startsWith(field)) {
          bytes += Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    }
    return bytes;
  }
}
