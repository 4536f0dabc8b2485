package org.turnout.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value of the file with its place. Reading it as a type it does not have reports a problem and
 * answers empty, so that the rest of the file is still read.
 *
 * @param path the keys from the root
 */
record Value(Node node, String path, Problems problems) {

  boolean isMap() {
    return node instanceof MappingNode;
  }

  boolean isList() {
    return node instanceof SequenceNode;
  }

  /** The entries of a list, each with its place; empty where it is none. */
  List<Value> list() {
    List<Value> entries = new ArrayList<>();
    if (node instanceof SequenceNode list) {
      for (Node entry : list.getValue()) {
        entries.add(new Value(entry, path + "[" + entries.size() + "]", problems));
      }
    }
    return entries;
  }

  boolean isNumber() {
    return node instanceof ScalarNode scalar
        && (scalar.getTag().equals(Tag.INT) || scalar.getTag().equals(Tag.FLOAT));
  }

  boolean beginsWith(String prefix) {
    return node instanceof ScalarNode scalar && scalar.getValue().startsWith(prefix);
  }

  /** The value as a map of its own keys. */
  Optional<Section> section() {
    if (node instanceof MappingNode map) {
      return Optional.of(new Section(map, path, problems));
    }
    refuse("is " + kind() + " where a map of keys is needed");
    return Optional.empty();
  }

  /** The value as text; never a secret. */
  Optional<String> text() {
    Optional<String> text = scalar("text");
    if (text.filter(it -> it.contains("${")).isPresent()) {
      refuse(
          "holds a reference",
          "${env:…} and ${file:…} are for passwords and tokens; write other values out");
      return Optional.empty();
    }
    return text;
  }

  /** The value as text that may be a secret: nothing of it is quoted in a problem. */
  Optional<String> secretText() {
    return scalar("text");
  }

  /** The value as the path of a file, from the given directory. */
  Optional<Path> path(Path directory) {
    return text().flatMap(text -> path(directory, text));
  }

  /** A path that stands inside the value, which is not quoted in a problem. */
  Optional<Path> path(Path directory, String text) {
    try {
      return Optional.of(directory.resolve(text));
    } catch (InvalidPathException impossible) {
      refuse("has a path that no file can have (" + impossible.getReason() + ")");
      return Optional.empty();
    }
  }

  /** One of the given words. */
  Optional<String> word(Collection<String> valid) {
    Optional<String> text = text();
    if (text.isPresent() && !valid.contains(text.get())) {
      refuse("\"" + text.get() + "\" is not known", Spelling.advice(text.get(), valid));
      return Optional.empty();
    }
    return text;
  }

  /** {@code true} or {@code false}. */
  Optional<Boolean> truth() {
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
      return Optional.of(Boolean.parseBoolean(scalar.getValue()));
    }
    refuse("is " + kind() + " where true or false is needed");
    return Optional.empty();
  }

  /** A whole number between two limits, both included. */
  Optional<Integer> number(int least, int most) {
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)) {
      try {
        int number = Integer.parseInt(scalar.getValue());
        if (number >= least && number <= most) {
          return Optional.of(number);
        }
      } catch (NumberFormatException beyondInt) {
        // Out of the range below as well.
      }
      refuse(scalar.getValue() + " is not between " + least + " and " + most);
    } else {
      refuse("is " + kind() + " where a whole number is needed");
    }
    return Optional.empty();
  }

  private Optional<String> scalar(String wanted) {
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR)) {
      if (scalar.getValue().isBlank()) {
        refuse("is empty");
        return Optional.empty();
      }
      return Optional.of(scalar.getValue());
    }
    String complaint = "is " + kind() + " where " + wanted + " is needed";
    if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
      refuse(complaint, "put it in quotes if it is meant so");
    } else {
      refuse(complaint);
    }
    return Optional.empty();
  }

  void refuse(String message) {
    problems.add(node, path, message);
  }

  void refuse(String message, String advice) {
    problems.add(node, path, message, advice);
  }

  private String kind() {
    return switch (node) {
      case MappingNode map -> "a map";
      case SequenceNode list -> "a list";
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "empty";
      case ScalarNode scalar when scalar.getTag().equals(Tag.BOOL) -> "a truth value";
      case ScalarNode scalar when isNumber() -> "a number";
      default -> "text";
    };
  }
}
