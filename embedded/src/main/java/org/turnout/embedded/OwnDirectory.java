package org.turnout.embedded;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A directory of a name that anybody can guess, in a place where anybody can make one. What lies in
 * it is run as a program, so it is used only if nobody else can have put anything there: it is this
 * user's own and nobody else may write to it.
 */
final class OwnDirectory {
  private static final Set<PosixFilePermission> ONLY_OURS =
      PosixFilePermissions.fromString("rwx------");

  private OwnDirectory() {}

  /** Makes the directory, or looks whether the one that is there can be trusted. */
  static Path require(Path directory) throws IOException {
    return require(directory, (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  static Path require(Path directory, int user) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(ONLY_OURS));
    } catch (FileAlreadyExistsException e) {
      // Whose it is, is looked at below.
    }
    PosixFileAttributes found =
        Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    boolean others =
        found.permissions().contains(PosixFilePermission.GROUP_WRITE)
            || found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (!found.isDirectory() || others || !owner.equals(user)) {
      throw new IOException(
          directory
              + " is not a directory that only this user can write to, so programs in it are not"
              + " run; remove it, or set java.io.tmpdir to another place");
    }
    return directory;
  }
}
