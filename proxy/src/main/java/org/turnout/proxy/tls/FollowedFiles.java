package org.turnout.proxy.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.tls.TlsFileException;

/**
 * Something made of files that are replaced while Turnout runs, as certificates are. {@link #check}
 * makes it anew when their content has changed; what cannot be made of the new content leaves the
 * old in place and is told once. {@link #current} is for any thread, the check for one that may
 * block.
 */
final class FollowedFiles<T> {
  private static final Logger LOG = LoggerFactory.getLogger(FollowedFiles.class);

  private final String what;
  private final List<Path> files;
  private final Maker<T> maker;
  private Map<Path, byte[]> seen;
  private volatile T current;

  /** Makes the thing of what the files hold now. */
  interface Maker<T> {
    T make() throws TlsFileException;
  }

  /**
   * @param what the thing's name in the log
   * @throws TlsFileException when it cannot be made now
   */
  FollowedFiles(String what, List<Path> files, Maker<T> maker) throws TlsFileException {
    this.what = what;
    this.files = List.copyOf(files);
    this.maker = maker;
    this.seen = contents();
    this.current = maker.make();
  }

  /** The thing, made of the newest content that it could be made of. */
  T current() {
    return current;
  }

  /** Looks at the files. */
  synchronized void check() {
    Map<Path, byte[]> now = contents();
    if (isSame(now)) {
      return;
    }
    seen = now;
    try {
      current = maker.make();
      LOG.info("{}: the files have changed and are used from now on: {}", what, files);
    } catch (TlsFileException e) {
      LOG.error(
          "{}: the files have changed, and the old ones stay in use: {}", what, e.getMessage());
    }
  }

  /** What cannot be read counts as empty: the maker says what is wrong with it. */
  private Map<Path, byte[]> contents() {
    Map<Path, byte[]> contents = new LinkedHashMap<>();
    for (Path file : files) {
      try {
        contents.put(file, Files.readAllBytes(file));
      } catch (IOException unreadable) {
        contents.put(file, new byte[0]);
      }
    }
    return contents;
  }

  private boolean isSame(Map<Path, byte[]> now) {
    return files.stream().allMatch(file -> Arrays.equals(now.get(file), seen.get(file)));
  }
}
