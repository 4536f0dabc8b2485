package org.turnout.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what the operator probably meant. */
final class Spelling {
  private Spelling() {}

  /** The valid word nearest to the given one, if one is near enough to be worth naming. */
  static Optional<String> nearest(String word, Collection<String> valid) {
    String folded = fold(word);
    int limit = Math.max(1, folded.length() / 3);
    return valid.stream()
        .filter(candidate -> Math.abs(folded.length() - fold(candidate).length()) <= limit)
        .filter(candidate -> distance(folded, fold(candidate)) <= limit)
        .min(
            Comparator.comparingInt((String candidate) -> distance(folded, fold(candidate)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * A question naming the nearest valid word, or, where none is near, the list of all valid words.
   */
  static String advice(String word, Collection<String> valid) {
    return nearest(word, valid)
        .map(near -> "did you mean \"" + near + "\"?")
        .orElseGet(() -> "valid here: " + String.join(", ", valid));
  }

  /** {@code max-pause}, {@code max_pause} and {@code maxPause} are one word in three fashions. */
  private static String fold(String word) {
    return word.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  /** Edits between two words; two exchanged neighbours count as one edit. */
  private static int distance(String from, String to) {
    int[][] edits = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        edits[i][j] = i == 0 || j == 0 ? i + j : cheapest(edits, from, to, i, j);
      }
    }
    return edits[from.length()][to.length()];
  }

  private static int cheapest(int[][] edits, String from, String to, int i, int j) {
    int replaced = edits[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
    int best = Math.min(replaced, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
    boolean exchanged =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return exchanged ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
  }
}
