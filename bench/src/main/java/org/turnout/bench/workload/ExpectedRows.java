package org.turnout.bench.workload;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one client remembers of rows that it changes again and again and nobody else does: the value
 * that was acknowledged last must be there, or one whose change was never answered. Written by the
 * client's thread, read when that has ended.
 */
final class ExpectedRows {
  /** The value of a row that was deleted. */
  static final String GONE = "gone";

  private final Map<String, Expected> rows = new HashMap<>();

  private static final class Expected {
    private @Nullable String acknowledged;
    private final Set<String> unanswered = new HashSet<>();
  }

  /** A change is about to be asked for: until it is answered the row may have this value. */
  void asked(String row, String value) {
    rows.computeIfAbsent(row, each -> new Expected()).unanswered.add(value);
  }

  /** The change was confirmed. */
  void acknowledged(String row, String value) {
    Expected expected = rows.computeIfAbsent(row, each -> new Expected());
    expected.unanswered.remove(value);
    expected.acknowledged = value;
  }

  /** Says of each row that must be there, or must not, how it differs from what is found. */
  void compare(Map<String, String> found, Consumer<String> lost) {
    rows.forEach(
        (row, expected) -> {
          String value = found.getOrDefault(row, GONE);
          String wanted = expected.acknowledged;
          if (wanted != null && !value.equals(wanted) && !expected.unanswered.contains(value)) {
            lost.accept(row + " was acknowledged as " + wanted + " and is " + value);
          }
        });
  }
}
