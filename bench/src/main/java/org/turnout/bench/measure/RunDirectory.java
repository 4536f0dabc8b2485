package org.turnout.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.embedded.DirectoryTree;

/**
 * The directory of one measurement, with the files of all that it starts. It goes when it is
 * closed, at the latest with the process. Safe for any thread.
 */
record RunDirectory(Path path) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);

  /** One that programs of other users can go through, but not look into. */
  static RunDirectory create() throws IOException {
    RunDirectory created =
        new RunDirectory(
            Files.createTempDirectory(
                "turnout-bench-",
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx--x--x"))));
    Runtime.getRuntime().addShutdownHook(new Thread(created::sweep, "bench-sweep"));
    return created;
  }

  /** For an end in the middle; there is nothing left to do after an end in order. */
  private void sweep() {
    try {
      close();
    } catch (IOException e) {
      LOG.debug("{} stays", path, e);
    }
  }

  @Override
  public void close() throws IOException {
    DirectoryTree.delete(path);
  }
}
