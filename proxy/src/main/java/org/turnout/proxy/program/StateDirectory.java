package org.turnout.proxy.program;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;

/**
 * Holds the directory of the state files for one Turnout: two that drove the same route would work
 * against each other. The system lets the lock go when the process ends, however it ends.
 */
final class StateDirectory implements AutoCloseable {
  private final FileChannel channel;

  private StateDirectory(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the directory; makes it when it is missing. */
  static StateDirectory take(Path directory) throws CommandFailure {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        channel.close();
        throw new CommandFailure(
            "another Turnout uses the state directory " + directory,
            "End it, or set `state` to another directory if it moves other databases.");
      }
      return new StateDirectory(channel);
    } catch (IOException e) {
      throw new CommandFailure(
          "the state directory " + directory + " cannot be used: " + e,
          "Let Turnout's user write there, or set `state` to another directory.");
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
