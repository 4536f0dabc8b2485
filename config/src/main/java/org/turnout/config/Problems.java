package org.turnout.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.turnout.config.ConfigException.Problem;

/** Collects what is wrong with one file while it is read, so that all of it is told at once. */
final class Problems {
  private final String file;
  private final List<Problem> found = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(Node at, String path, String message) {
    add(at.getStartMark(), path, message, Optional.empty());
  }

  void add(Node at, String path, String message, String advice) {
    add(at.getStartMark(), path, message, Optional.of(advice));
  }

  void add(Optional<Mark> at, String path, String message, Optional<String> advice) {
    found.add(
        new Problem(
            file,
            at.map(mark -> mark.getLine() + 1).orElse(0),
            at.map(mark -> mark.getColumn() + 1).orElse(0),
            path,
            message,
            advice));
  }

  /** Ends the reading when anything was found. */
  void throwIfAny() throws ConfigException {
    if (!found.isEmpty()) {
      found.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
      throw new ConfigException(found);
    }
  }
}
