package org.turnout.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads passwords and tokens: a reference {@code ${env:NAME}} or {@code ${file:PATH}} (relative to
 * the configuration file, one line end at its end is not part of the secret), or the text itself.
 */
final class Secrets {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^:{}]*):?([^{}]*)}");

  private final SecretSource source;
  private final Path directory;

  Secrets(SecretSource source, Path directory) {
    this.source = source;
    this.directory = directory;
  }

  Optional<Secret> read(Value value) {
    Optional<String> text = value.secretText();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher reference = REFERENCE.matcher(text.get());
    if (reference.matches()) {
      return resolve(value, reference.group(1), reference.group(2))
          .flatMap(found -> secret(value, found));
    }
    if (reference.find()) {
      value.refuse(
          "mixes a reference with other text", "let the reference be the whole value, in quotes");
      return Optional.empty();
    }
    return secret(value, text.get());
  }

  private static Optional<Secret> secret(Value value, String text) {
    if (text.indexOf(0) >= 0) {
      value.refuse("holds a zero character, which no password can contain");
      return Optional.empty();
    }
    return Optional.of(new Secret(text));
  }

  private Optional<String> resolve(Value value, String kind, String name) {
    switch (kind) {
      case "env" -> {
        Optional<String> found = source.environment(name).filter(text -> !text.isEmpty());
        if (found.isEmpty()) {
          value.refuse(
              "the environment variable " + name + " is not set", "set it for Turnout's process");
        }
        return found;
      }
      case "file" -> {
        return value.path(directory, name).flatMap(path -> file(value, path));
      }
      default -> {
        value.refuse(
            "the reference \"" + kind + "\" is not known",
            Spelling.advice(kind, List.of("env", "file")));
        return Optional.empty();
      }
    }
  }

  private Optional<String> file(Value value, Path path) {
    try {
      String text = source.file(path).replaceFirst("\\r?\\n\\z", "");
      if (text.isEmpty()) {
        value.refuse("the file " + path + " is empty", "write the secret into it");
        return Optional.empty();
      }
      return Optional.of(text);
    } catch (NoSuchFileException absent) {
      value.refuse(
          "the file " + path + " does not exist", "make it, readable for Turnout's user only");
    } catch (IOException unreadable) {
      value.refuse(
          "the file " + path + " cannot be read (" + unreadable + ")",
          "let Turnout's user read it");
    }
    return Optional.empty();
  }
}
