package org.turnout.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The temporary directories of this process's servers: {@code
 * <tmp>/turnout-embedded-<user>/servers/<process>-<random>/<server>}. The process holds a lock on
 * its directory's {@code owner} file while it lives; the system lets go of it however the process
 * ends. Whoever opens the next directory ends the servers in directories without an owner and
 * deletes them. Claiming and reaping happen under one lock, so that no fresh directory is taken for
 * an orphan.
 */
final class ServerDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(ServerDirectories.class);

  /** Kept open for the life of the process: closing it, even another channel to it, lets go. */
  private static @Nullable FileChannel owner;

  private static @Nullable Path own;

  private ServerDirectories() {}

  /**
   * The directory of all that this module keeps on the machine for this user.
   *
   * @throws IOException when somebody else may have put something there
   */
  static Path home() throws IOException {
    return OwnDirectory.require(
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "turnout-embedded-" + System.getProperty("user.name")));
  }

  /** A new directory for one server, reaped by a later process should this one be killed. */
  static synchronized Path create(String name) {
    try {
      Path mine = own;
      if (mine == null) {
        mine = claim();
        own = mine;
      }
      return Files.createTempDirectory(mine, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path claim() throws IOException {
    Path servers = Files.createDirectories(home().resolve("servers"));
    try (FileChannel channel =
            FileChannel.open(
                home().resolve("servers.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!lock.isValid()) {
        throw new IOException("the lock on " + servers + " was lost");
      }
      reap(servers);
      Path mine =
          Files.createDirectory(
              servers.resolve(ProcessHandle.current().pid() + "-" + UUID.randomUUID()));
      FileChannel ownerFile =
          FileChannel.open(
              mine.resolve("owner"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      ownerFile.lock();
      owner = ownerFile;
      Runtime.getRuntime().addShutdownHook(new Thread(() -> discard(mine), "embedded-discard"));
      return mine;
    }
  }

  private static void discard(Path mine) {
    FileChannel held = owner;
    try {
      endServers(mine);
      DirectoryTree.delete(mine);
      if (held != null) {
        held.close();
      }
    } catch (IOException e) {
      LOG.warn("cannot remove {}: the next start will", mine, e);
    }
  }

  private static void reap(Path servers) throws IOException {
    List<Path> candidates;
    try (var entries = Files.list(servers)) {
      candidates = entries.toList();
    }
    for (Path candidate : candidates) {
      if (!hasOwner(candidate)) {
        LOG.debug("removing what a killed process left in {}", candidate);
        endServers(candidate);
        DirectoryTree.delete(candidate);
      }
    }
  }

  private static boolean hasOwner(Path directory) throws IOException {
    try (FileChannel channel =
            FileChannel.open(directory.resolve("owner"), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (NoSuchFileException e) {
      return false;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }

  private static void endServers(Path directory) throws IOException {
    List<Path> candidates;
    try (var entries = Files.list(directory)) {
      candidates = entries.filter(Files::isDirectory).toList();
    }
    for (Path server : candidates) {
      Postmaster.of(server.resolve(PostgresServer.DATA)).ifPresent(Postmaster::kill);
    }
  }
}
