package org.turnout.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Secrets by hand. */
final class FakeSecrets implements SecretSource {
  private final Map<String, String> variables = new HashMap<>();
  private final Map<Path, String> files = new HashMap<>();

  FakeSecrets variable(String name, String value) {
    variables.put(name, value);
    return this;
  }

  FakeSecrets file(Path path, String text) {
    files.put(path, text);
    return this;
  }

  @Override
  public Optional<String> environment(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  @Override
  public String file(Path path) throws IOException {
    String text = files.get(path);
    if (text == null) {
      throw new NoSuchFileException(path.toString());
    }
    return text;
  }
}
