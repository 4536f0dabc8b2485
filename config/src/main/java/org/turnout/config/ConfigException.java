package org.turnout.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The configuration was refused. Carries everything that is wrong with it, in the order of the
 * file, so that one round of corrections is enough. No problem ever quotes a secret.
 */
public final class ConfigException extends Exception {
  private final transient List<Problem> problems;

  ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, at least one. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * One thing that is wrong.
   *
   * @param line counted from 1; 0 when the problem is the file as a whole
   * @param column counted from 1; 0 when the problem is the file as a whole
   * @param path the keys from the root, {@code routes.shop.listen}; empty for the root
   * @param message what is wrong, a clause
   * @param advice what to do about it: the nearest valid spelling, or a sentence
   */
  public record Problem(
      String file, int line, int column, String path, String message, Optional<String> advice) {
    @Override
    public String toString() {
      return file
          + (line > 0 ? ":" + line + ":" + column : "")
          + ": "
          + (path.isEmpty() ? "" : path + ": ")
          + message
          + advice.map(text -> "; " + text).orElse("");
    }
  }
}
