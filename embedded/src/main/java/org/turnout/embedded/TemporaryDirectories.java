package org.turnout.embedded;

import java.nio.file.Path;

/**
 * Temporary directories that go with this process, or are reaped by a later one if it is killed.
 */
public final class TemporaryDirectories {
  private TemporaryDirectories() {}

  /** A new, empty directory whose name begins with the given word. */
  public static Path create(String name) {
    return ServerDirectories.create(name);
  }
}
