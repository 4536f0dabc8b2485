package org.turnout.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of one PostgreSQL major, unpacked once per machine and user. They come nested in
 * this module ({@code postgres/14.jar}, holding one {@code .txz}), because the jars of all majors
 * have the same entry names. The unpacked directory is named by the hash of the jar and appears by
 * one rename, so that it is complete whenever it is there; a file lock keeps parallel first starts
 * of several processes from unpacking twice.
 */
final class PostgresBinaries {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);

  private PostgresBinaries() {}

  /**
   * The directory that holds {@code bin}, {@code lib} and {@code share} of a major.
   *
   * @throws EmbeddedException when the major is not packaged or cannot be unpacked
   */
  static synchronized Path of(int major) {
    try {
      Path cache = Files.createDirectories(ServerDirectories.home().resolve("binaries"));
      Path unpacked = cache.resolve(major + "-" + hash(major));
      if (!Files.isDirectory(unpacked)) {
        try (FileChannel channel =
                FileChannel.open(
                    cache.resolve(major + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock lock = channel.lock()) {
          if (lock.isValid() && !Files.isDirectory(unpacked)) {
            unpack(major, cache, unpacked);
          }
        }
      }
      return unpacked;
    } catch (IOException e) {
      throw new EmbeddedException("cannot unpack PostgreSQL " + major + ": " + e.getMessage(), e);
    }
  }

  private static InputStream jar(int major) {
    InputStream jar = PostgresBinaries.class.getResourceAsStream("/postgres/" + major + ".jar");
    if (jar == null) {
      throw new EmbeddedException(
          "PostgreSQL " + major + " is not packaged; build with -Dpostgres.majors=all");
    }
    return jar;
  }

  private static String hash(int major) throws IOException {
    try (InputStream jar = jar(major)) {
      DigestInputStream digest = new DigestInputStream(jar, MessageDigest.getInstance("SHA-256"));
      digest.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void unpack(int major, Path cache, Path unpacked) throws IOException {
    Path partial = Files.createTempDirectory(cache, "partial-");
    try (JarInputStream jar = new JarInputStream(new BufferedInputStream(jar(major)))) {
      for (JarEntry entry = jar.getNextJarEntry(); entry != null; entry = jar.getNextJarEntry()) {
        if (entry.getName().endsWith(".txz")) {
          extract(jar, partial);
          Files.move(partial, unpacked, StandardCopyOption.ATOMIC_MOVE);
          LOG.debug("PostgreSQL {} unpacked to {}", major, unpacked);
          return;
        }
      }
    }
    throw new EmbeddedException("the jar of PostgreSQL " + major + " holds no .txz");
  }

  private static void extract(InputStream txz, Path target) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(txz));
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path path = target.resolve(entry.getName()).normalize();
      if (!path.startsWith(target)) {
        throw new IOException("entry " + entry.getName() + " leads out of the archive");
      }
      if (entry.isDirectory()) {
        Files.createDirectories(path);
      } else if (entry.isSymbolicLink()) {
        Files.createDirectories(path.getParent());
        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      } else {
        Files.createDirectories(path.getParent());
        Files.copy(tar, path, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(path, permissions(entry.getMode()));
      }
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OTHERS_READ);
    if ((mode & 0100) != 0) {
      permissions.add(PosixFilePermission.OWNER_EXECUTE);
      permissions.add(PosixFilePermission.GROUP_EXECUTE);
      permissions.add(PosixFilePermission.OTHERS_EXECUTE);
    }
    return permissions;
  }
}
