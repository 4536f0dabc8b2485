package org.turnout.config;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A map of the file while it is read: every key that is asked for is a valid one, and {@link #end}
 * reports the keys that nobody asked for. Confined to the reading thread.
 */
final class Section {
  private final MappingNode node;
  private final String path;
  private final Problems problems;
  private final Map<String, Value> values = new LinkedHashMap<>();
  private final Map<String, ScalarNode> keys = new LinkedHashMap<>();
  private final Set<String> asked = new LinkedHashSet<>();
  private final Map<String, String> examples = new LinkedHashMap<>();

  Section(MappingNode node, String path, Problems problems) {
    this.node = node;
    this.path = path;
    this.problems = problems;
    for (NodeTuple entry : node.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        problems.add(entry.getKeyNode(), path, "a key must be a word");
      } else if (keys.putIfAbsent(key.getValue(), key) != null) {
        problems.add(key, below(key.getValue()), "stands here for the second time");
      } else {
        values.put(
            key.getValue(), new Value(entry.getValueNode(), below(key.getValue()), problems));
      }
    }
  }

  /** The value of a key, if it is there. */
  Optional<Value> optional(String key) {
    asked.add(key);
    return Optional.ofNullable(values.get(key));
  }

  /** The value of a key; {@link #end} reports its absence with the example. */
  Optional<Value> required(String key, String example) {
    examples.put(key, example);
    return optional(key);
  }

  /** All values by key, for maps whose keys are names of the operator's. */
  Map<String, Value> named() {
    asked.addAll(values.keySet());
    return values;
  }

  /** Reports every key that nobody asked for and every required one that is not there. */
  void end() {
    Set<String> misspelt = new LinkedHashSet<>();
    for (Map.Entry<String, ScalarNode> key : keys.entrySet()) {
      if (!asked.contains(key.getKey())) {
        Spelling.nearest(key.getKey(), asked).ifPresent(misspelt::add);
        problems.add(
            key.getValue(),
            below(key.getKey()),
            "unknown key",
            Spelling.advice(key.getKey(), asked));
      }
    }
    examples.forEach(
        (key, example) -> {
          if (!keys.containsKey(key) && !misspelt.contains(key)) {
            problems.add(
                node,
                below(key),
                "is missing",
                "add it, for example `" + key + ": " + example + "`");
          }
        });
  }

  void refuse(String message, String advice) {
    problems.add(node, path, message, advice);
  }

  /** Reports a problem at the value that stands below the given keys. */
  void refuseAt(List<String> keysBelow, String message, String advice) {
    Value value = values.get(keysBelow.getFirst());
    if (value == null) {
      refuse(message, advice);
    } else if (keysBelow.size() == 1) {
      value.refuse(message, advice);
    } else {
      value
          .section()
          .ifPresent(it -> it.refuseAt(keysBelow.subList(1, keysBelow.size()), message, advice));
    }
  }

  /** Where a named key stands, for a problem about the key itself. */
  void refuseKey(String key, String message) {
    ScalarNode at = keys.get(key);
    problems.add(at == null ? node : at, below(key), message);
  }

  private String below(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
