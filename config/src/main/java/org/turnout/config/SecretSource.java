package org.turnout.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the values behind {@code ${env:NAME}} and {@code ${file:PATH}} come from. */
public interface SecretSource {
  /** The environment of this process and the files of this machine. */
  SecretSource SYSTEM =
      new SecretSource() {
        @Override
        public Optional<String> environment(String name) {
          return Optional.ofNullable(System.getenv(name));
        }

        @Override
        public String file(Path path) throws IOException {
          return Files.readString(path);
        }
      };

  /** The value of an environment variable, if it is set. */
  Optional<String> environment(String name);

  /**
   * The whole text of a file.
   *
   * @throws IOException when there is none or it may not be read
   */
  String file(Path path) throws IOException;
}
