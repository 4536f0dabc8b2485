package org.turnout.sync.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Splits a script written by {@code pg_dump} into its statements, so that it can be run without
 * psql: comments and psql's own commands ({@code \restrict}, {@code \connect}) are left out, and a
 * semicolon ends a statement only outside quotes, parentheses and the body of a {@code BEGIN
 * ATOMIC} routine. Follows the lexical rules of psql ("Lexical Structure" in the PostgreSQL manual)
 * with {@code standard_conforming_strings} on, which every dump sets.
 */
final class DumpScript {
  private final String text;
  private int at;
  private int parentheses;
  private int atomicDepth;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder statement = new StringBuilder();
  private final List<String> statements = new ArrayList<>();

  private DumpScript(String text) {
    this.text = text;
  }

  /** The statements in order, without their semicolons. */
  static List<String> split(String text) {
    DumpScript script = new DumpScript(text);
    while (script.at < text.length()) {
      script.step();
    }
    script.end();
    return script.statements;
  }

  private void step() {
    char c = text.charAt(at);
    if (statement.isEmpty() && c == '\\') {
      at = endOfLine(at);
    } else if (text.startsWith("--", at)) {
      at = endOfLine(at);
    } else if (text.startsWith("/*", at)) {
      take(endOfBlockComment());
    } else if (c == '\'') {
      take(endOfQuoted('\'', escapesBefore(at)));
    } else if (c == '"') {
      take(endOfQuoted('"', false));
    } else if (c == '$' && dollarTag() != null) {
      takeDollarQuoted();
    } else if (Character.isLetter(c) || c == '_') {
      takeWord();
    } else if (c == ';' && parentheses == 0 && atomicDepth == 0) {
      at++;
      end();
    } else {
      takePlain(c);
    }
  }

  private void takePlain(char c) {
    parentheses += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (!statement.isEmpty() || !Character.isWhitespace(c)) {
      statement.append(c);
    }
    at++;
  }

  private void take(int end) {
    statement.append(text, at, end);
    at = end;
  }

  private void takeDollarQuoted() {
    String tag = String.valueOf(dollarTag());
    int end = text.indexOf(tag, at + tag.length());
    take(end < 0 ? text.length() : end + tag.length());
  }

  private void takeWord() {
    int end = at + 1;
    while (end < text.length() && isWordPart(text.charAt(end))) {
      end++;
    }
    String word = text.substring(at, end).toLowerCase(Locale.ROOT);
    if (words.size() < 4) {
      words.add(word);
    }
    if (createsRoutine()) {
      atomicDepth +=
          switch (word) {
            case "begin" -> 1;
            case "case" -> atomicDepth > 0 ? 1 : 0;
            case "end" -> atomicDepth > 0 ? -1 : 0;
            default -> 0;
          };
    }
    take(end);
  }

  /** Only there does BEGIN open a block; elsewhere it starts a transaction or names something. */
  private boolean createsRoutine() {
    if (words.isEmpty() || !words.getFirst().equals("create")) {
      return false;
    }
    int kind = words.size() > 3 && words.get(1).equals("or") ? 3 : 1;
    return words.size() > kind
        && (words.get(kind).equals("function") || words.get(kind).equals("procedure"));
  }

  private void end() {
    String sql = statement.toString().strip();
    if (!sql.isEmpty()) {
      statements.add(sql);
    }
    statement.setLength(0);
    words.clear();
    parentheses = 0;
    atomicDepth = 0;
  }

  private int endOfLine(int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end;
  }

  private int endOfBlockComment() {
    int depth = 0;
    for (int i = at; i < text.length() - 1; i++) {
      if (text.startsWith("/*", i)) {
        depth++;
        i++;
      } else if (text.startsWith("*/", i)) {
        depth--;
        i++;
        if (depth == 0) {
          return i + 1;
        }
      }
    }
    return text.length();
  }

  private int endOfQuoted(char quote, boolean escapes) {
    for (int i = at + 1; i < text.length(); i++) {
      if (escapes && text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == quote) {
        if (i + 1 < text.length() && text.charAt(i + 1) == quote) {
          i++;
        } else {
          return i + 1;
        }
      }
    }
    return text.length();
  }

  /** Whether the quote at a position opens {@code E'…'}. */
  private boolean escapesBefore(int quote) {
    return quote > 0
        && (text.charAt(quote - 1) == 'E' || text.charAt(quote - 1) == 'e')
        && (quote == 1 || !isWordPart(text.charAt(quote - 2)));
  }

  private @Nullable String dollarTag() {
    if (at > 0 && isWordPart(text.charAt(at - 1))) {
      return null;
    }
    int end = at + 1;
    while (end < text.length() && isWordPart(text.charAt(end)) && text.charAt(end) != '$') {
      end++;
    }
    boolean tag =
        end < text.length() && text.charAt(end) == '$' && !Character.isDigit(text.charAt(at + 1));
    return tag ? text.substring(at, end + 1) : null;
  }

  private static boolean isWordPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }
}
