package org.turnout.proxy.routing;

/**
 * Makes of texts that differ in their literals only one text, so that what is known of one of them
 * is known of all: a run of digits that stands by itself becomes one digit, a plain string an empty
 * one.
 *
 * <pre>
 * SELECT name FROM account WHERE id = 4711 AND state = 'open'
 * SELECT name FROM account WHERE id = 0 AND state = ''
 * </pre>
 *
 * <p>Rule: both texts are the same tokens to {@link SqlLexer}, and a verdict looks into no number,
 * and into a string only for {@link ClockWords}. A text in which that would take a second thought
 * (quoted names, dollars, backslashes, comments, doubled quotes, prefixed strings) is left as it
 * is. One object per thread, reused.
 */
final class LiteralFold {
  private final byte[] folded;
  private byte[] sql = {};
  private int end;
  private int length;

  /**
   * @param longest bytes of a text that may be folded
   */
  LiteralFold(int longest) {
    this.folded = new byte[longest];
  }

  /** The folded text, from index 0; overwritten by the next. */
  byte[] bytes() {
    return folded;
  }

  /** Folds the text at {@code offset}; returns the new length, or -1 to leave it as it is. */
  int fold(byte[] text, int offset, int textLength) {
    sql = text;
    end = offset + textLength;
    length = 0;
    byte previous = ' ';
    int at = offset;
    while (at < end) {
      byte b = text[at];
      int next;
      if (b >= '0' && b <= '9') {
        next = number(at, previous);
      } else if (b == '\'') {
        next = string(at, previous);
      } else if (isDifficult(b) || isComment(b, previous)) {
        next = -1;
      } else {
        folded[length++] = b;
        next = at + 1;
      }
      if (next < 0) {
        return -1;
      }
      at = next;
      previous = text[at - 1];
    }
    return length;
  }

  private static boolean isDifficult(byte b) {
    return b == '"' || b == '$' || b == '\\';
  }

  private static boolean isComment(byte b, byte previous) {
    return (b == '-' && previous == '-') || (b == '*' && previous == '/');
  }

  /** Takes a run of digits; returns where it ends. */
  private int number(int start, byte previous) {
    int at = start;
    while (at < end && sql[at] >= '0' && sql[at] <= '9') {
      at++;
    }
    if (joins(previous) || (at < end && joins(sql[at]))) {
      System.arraycopy(sql, start, folded, length, at - start);
      length += at - start;
    } else {
      folded[length++] = '0';
    }
    return at;
  }

  /** Whether a byte beside digits makes more of them than a whole number. */
  private static boolean joins(byte b) {
    int lower = b | 0x20;
    return (lower >= 'a' && lower <= 'z') || b == '_' || b == '.' || b < 0;
  }

  /** Takes a string; returns where it ends, -1 when it is no plain one. */
  private int string(int start, byte previous) {
    if (joins(previous) || previous == '&' || previous == '\'') {
      return -1;
    }
    int close = start + 1;
    while (close < end && sql[close] != '\'') {
      if (sql[close] == '\\') {
        return -1;
      }
      close++;
    }
    if (close == end) {
      return -1;
    }
    folded[length++] = '\'';
    if (ClockWords.areIn(sql, start + 1, close)) {
      System.arraycopy(sql, start + 1, folded, length, close - start - 1);
      length += close - start - 1;
    }
    folded[length++] = '\'';
    return close + 1;
  }
}
