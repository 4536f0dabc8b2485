package org.turnout.bench.moves;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.turnout.migration.Traffic;

/**
 * Counts moves, and those that did not happen by what was in the way. One thread.
 *
 * <p>Written as lines of a word, a number and a reason:
 *
 * <pre>
 * moves 812
 * sessions 3120
 * refused 14 temporary table
 * late 3 a session was away from its boundary
 * </pre>
 */
final class MoveTally {
  private static final int WORDS_OF_REASON = 2;

  private final Map<String, Integer> refused = new TreeMap<>();
  private int moves;
  private int sessions;
  private int late;

  void moved(int howMany) {
    moves++;
    sessions += howMany;
  }

  /** A move that did not happen, for each kind of thing that kept it from happening. */
  void refused(List<Traffic.Immovable> immovable) {
    immovable.stream()
        .map(each -> kind(each.reason()))
        .distinct()
        .forEach(kind -> refused.merge(kind, 1, Integer::sum));
  }

  /** The pause was over before all sessions stood at their boundaries. */
  void late() {
    late++;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("moves " + moves);
    lines.add("sessions " + sessions);
    refused.forEach((kind, times) -> lines.add("refused " + times + " " + kind));
    lines.add("late " + late + " a session was away from its boundary");
    return lines;
  }

  void write(Path file) throws IOException {
    Files.write(file, lines());
  }

  /** Reasons begin with what it is, and go on with its name. */
  private static String kind(String reason) {
    return Arrays.stream(reason.split(" ", -1))
        .limit(WORDS_OF_REASON)
        .collect(Collectors.joining(" "));
  }
}
