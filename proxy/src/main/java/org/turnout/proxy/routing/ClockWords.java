package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;

/**
 * Words that the input of dates and times replaces by what the server's clock says: a literal with
 * one of them has another value on another server, like a call of {@code now()}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-datetime.html">Date/Time Types,
 *     8.5.1.4 Special Values</a>
 */
final class ClockWords {
  private static final byte[][] WORDS = {
    ascii("now"), ascii("today"), ascii("tomorrow"), ascii("yesterday")
  };

  private ClockWords() {}

  /** Whether one of them stands, as a whole word in any case, between the two indexes. */
  static boolean areIn(byte[] text, int start, int end) {
    for (int at = start; at < end; at++) {
      if (isLetter(text[at]) && (at == start || !isLetter(text[at - 1]))) {
        for (byte[] word : WORDS) {
          if (isAt(word, text, at, end)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isAt(byte[] word, byte[] text, int at, int end) {
    if (at + word.length > end) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if ((text[at + i] | 0x20) != word[i]) {
        return false;
      }
    }
    return at + word.length == end || !isLetter(text[at + word.length]);
  }

  private static boolean isLetter(byte b) {
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'z';
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }
}
