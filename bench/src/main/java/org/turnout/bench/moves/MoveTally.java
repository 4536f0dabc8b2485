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
  static final String NOT_CONNECTED = "a session had no connection to the other side";
  static final String AWAY = "a session was away from its boundary";
  static final String NOT_MOVED = "a session was not brought to the other side";
  static final String NOT_FLIPPED = "a session did not change its side";

  private static final int WORDS_OF_REASON = 2;

  private final Map<String, Integer> refused = new TreeMap<>();
  private final Map<String, Integer> late = new TreeMap<>(Map.of(AWAY, 0));
  private int moves;
  private int sessions;

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

  /** Time was over, for one of the reasons above. */
  void late(String reason) {
    late.merge(reason, 1, Integer::sum);
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("moves " + moves);
    lines.add("sessions " + sessions);
    refused.forEach((kind, times) -> lines.add("refused " + times + " " + kind));
    late.forEach((reason, times) -> lines.add("late " + times + " " + reason));
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
