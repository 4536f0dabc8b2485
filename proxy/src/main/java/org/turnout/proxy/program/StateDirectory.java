package org.turnout.proxy.program;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.protocol.postgres.authentication.MockVerifiers;

/**
 * Holds the directory of the state files for one Turnout: two that drove the same route would work
 * against each other. The system lets the lock go when the process ends, however it ends.
 */
final class StateDirectory implements AutoCloseable {
  private static final String SECRET = "secret";
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path directory;
  private final FileChannel channel;

  private StateDirectory(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /** Takes the directory; makes it when it is missing. */
  static StateDirectory take(Path directory) throws CommandFailure {
    return tryToTake(directory)
        .orElseThrow(
            () ->
                new CommandFailure(
                    "another Turnout uses the state directory " + directory,
                    "End it, or take over from it with `turnout run --takeover`, or set `state` to"
                        + " another directory if it moves other databases."));
  }

  /** The same, empty where another Turnout has it. */
  static Optional<StateDirectory> tryToTake(Path directory) throws CommandFailure {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        channel.close();
        return Optional.empty();
      }
      return Optional.of(new StateDirectory(directory, channel));
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /** Takes it from another process that has ended; the system may need a moment to notice. */
  static StateDirectory takeAfter(Path directory) throws CommandFailure {
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return new StateDirectory(directory, channel);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private static CommandFailure unusable(Path directory, IOException e) {
    return new CommandFailure(
        "the state directory " + directory + " cannot be used: " + e,
        "Let Turnout's user write there, or set `state` to another directory.");
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  /**
   * Random bytes that are the same at each start, and nobody else's: what roles that do not exist
   * are asked by is derived from them. Made when they are missing.
   */
  byte[] secret() throws CommandFailure {
    Path file = directory.resolve(SECRET);
    try {
      byte[] secret = existing(file);
      return secret != null ? secret : made(file);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private byte @Nullable [] existing(Path file) throws IOException, CommandFailure {
    try {
      byte[] secret = Files.readAllBytes(file);
      if (secret.length != MockVerifiers.SECRET) {
        throw new CommandFailure(
            file + " does not hold what Turnout has written there",
            "Remove it; a new one is made.");
      }
      return secret;
    } catch (NoSuchFileException missing) {
      return null;
    }
  }

  /** It appears whole, and is readable to the owner alone from its first moment. */
  private byte[] made(Path file) throws IOException {
    byte[] secret = new byte[MockVerifiers.SECRET];
    new SecureRandom().nextBytes(secret);
    Path fresh = directory.resolve(SECRET + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel made =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            ownerOnly(directory))) {
      ByteBuffer bytes = ByteBuffer.wrap(secret);
      while (bytes.hasRemaining()) {
        made.write(bytes);
      }
      made.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    return secret;
  }

  private static FileAttribute<?>[] ownerOnly(Path directory) throws IOException {
    return Files.getFileStore(directory).supportsFileAttributeView("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER)}
        : new FileAttribute<?>[0];
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
