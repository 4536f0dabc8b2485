package org.turnout.proxy.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.config.SocketFile;
import org.turnout.proxy.backend.SocketFiles;
import org.turnout.proxy.backend.Transport;

/**
 * The file of a Unix socket on which Turnout listens.
 *
 * <p>It is made beside its place and moved there once it listens and has its permissions: so what a
 * dead process left is replaced in one step, and nobody is refused in between. Nobody gets in who
 * may not: {@link Transport#listening} sees to that, or else it is made in a directory of its own,
 * into which only this process's user comes. Rules: what a live process serves is never replaced;
 * what another process has put in its place meanwhile is never removed. Confined to whoever opens
 * and closes the listener.
 */
final class OwnedSocketFile {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;
  private final Set<PosixFilePermission> permissions;
  private @Nullable Object identity;
  private Path made;

  /** That of the directory that was made here, while it is there. */
  private @Nullable Object directory;

  private OwnedSocketFile(Path path, Set<PosixFilePermission> permissions) {
    this.path = path;
    this.permissions = permissions;
    this.made = beside();
  }

  /**
   * Makes sure that the place is free.
   *
   * @throws IOException when a live process serves it, or it is no socket, with a sentence
   */
  static OwnedSocketFile claim(SocketFile place, Set<PosixFilePermission> permissions)
      throws IOException {
    requireFree(place.path());
    OwnedSocketFile file = new OwnedSocketFile(place.path(), permissions);
    file.removeUnfinished();
    return file;
  }

  /**
   * The file of a socket that was handed over.
   *
   * @param permissions what it is to have now
   * @throws IOException when it is not there any more, or cannot be used
   */
  static OwnedSocketFile inherited(SocketFile place, Set<PosixFilePermission> permissions)
      throws IOException {
    requireSocket(place.path());
    OwnedSocketFile file = new OwnedSocketFile(place.path(), permissions);
    file.identity = identity(place.path());
    Files.setPosixFilePermissions(place.path(), permissions);
    return file;
  }

  private static void requireFree(Path path) throws IOException {
    try {
      requireSocket(path);
    } catch (NoSuchFileException free) {
      return;
    }
    if (SocketFiles.isServed(path)) {
      throw new IOException("another process serves it");
    }
  }

  private static void requireSocket(Path path) throws IOException {
    if (!SocketFiles.isSocket(path)) {
      throw new IOException("there is a file of that name which is no socket");
    }
  }

  /** Whether clients find this socket: its file was not removed, nor replaced. */
  boolean isInPlace() {
    try {
      return identity != null && identity.equals(identity(path));
    } catch (IOException gone) {
      return false;
    }
  }

  /** Where the socket is to be bound, if it has its permissions before it listens. */
  Path beside() {
    return path.resolveSibling(String.valueOf(path.getFileName()).replace(".s.", ".t."));
  }

  /** Where it is to be bound if not. */
  Path outOfReach() throws IOException {
    Files.createDirectory(apart(), PosixFilePermissions.asFileAttribute(OWNER));
    directory = identity(apart());
    made = inside();
    return made;
  }

  /** The names are no longer than that of the place: that of a socket cannot be long. */
  private Path apart() {
    return path.resolveSibling(String.valueOf(path.getFileName()).replace(".s.PGSQL.", ".t."));
  }

  private Path inside() {
    return apart().resolve("s");
  }

  /** The socket is bound {@link #beside} its place: that file is this one's from now on. */
  void bound() throws IOException {
    identity = identity(made);
  }

  /** The socket listens: lets clients find it. */
  void publish() throws IOException {
    Files.setPosixFilePermissions(made, permissions);
    identity = identity(made);
    Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(apart());
    directory = null;
  }

  /**
   * Removes the file, if it still is the one that was made here, wherever it got to. The socket is
   * still open: until it is closed, no other file can have its identity. As soon as the place is
   * free another process may make its own, at the same names.
   */
  void remove() throws IOException {
    if (isOwn(apart(), directory)) {
      Files.deleteIfExists(inside());
      Files.deleteIfExists(apart());
    }
    removeOwn(made);
    removeOwn(path);
  }

  private void removeOwn(Path file) throws IOException {
    if (isOwn(file, identity)) {
      Files.deleteIfExists(file);
    }
  }

  private static boolean isOwn(Path file, @Nullable Object own) throws IOException {
    try {
      return own != null && own.equals(identity(file));
    } catch (NoSuchFileException gone) {
      // Somebody has removed it, which is all that is wanted.
      return false;
    }
  }

  /** What a process has left that died before it got to its place. */
  private void removeUnfinished() throws IOException {
    Files.deleteIfExists(beside());
    Files.deleteIfExists(inside());
    Files.deleteIfExists(apart());
  }

  private static @Nullable Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }
}
