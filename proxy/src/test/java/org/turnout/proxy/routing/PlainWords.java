package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of SQL text outside of strings, comments and quoted names, in lower case: by regular
 * expressions, as a check of the lexer that serves.
 */
final class PlainWords {
  private static final Pattern DOLLAR = Pattern.compile("\\$(?:[A-Za-z_][A-Za-z_0-9]*)?\\$");
  private static final Pattern ESCAPED =
      Pattern.compile("[eE]'[^'\\\\]*+(?:(?:\\\\.|'')[^'\\\\]*+)*+'", Pattern.DOTALL);
  private static final Pattern STRING = Pattern.compile("'[^']*+(?:''[^']*+)*+'");
  private static final Pattern QUOTED = Pattern.compile("\"[^\"]*+(?:\"\"[^\"]*+)*+\"");
  private static final Pattern LINE = Pattern.compile("--[^\\n\\r]*+");
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z_0-9$]*+");
  private static final Pattern NUMBER = Pattern.compile("\\$?[0-9]+");

  private PlainWords() {}

  static Set<String> of(byte[] sql) {
    String text = new String(sql, StandardCharsets.ISO_8859_1);
    Set<String> words = new HashSet<>();
    int at = 0;
    while (at < text.length()) {
      at = next(text, at, words);
    }
    return words;
  }

  private static int next(String text, int at, Set<String> words) {
    if (text.startsWith("/*", at)) {
      return comment(text, at);
    }
    int end = end(text, at, LINE, ESCAPED, STRING, QUOTED, NUMBER);
    if (end > at) {
      return end;
    }
    int tag = end(text, at, DOLLAR);
    if (tag > at) {
      int closing = text.indexOf(text.substring(at, tag), tag);
      return closing < 0 ? text.length() : closing + tag - at;
    }
    int word = end(text, at, WORD);
    if (word > at) {
      words.add(text.substring(at, word).toLowerCase(Locale.ROOT));
      return word;
    }
    return at + 1;
  }

  private static int end(String text, int at, Pattern... patterns) {
    for (Pattern pattern : patterns) {
      Matcher matcher = pattern.matcher(text).region(at, text.length());
      if (matcher.lookingAt()) {
        return matcher.end();
      }
    }
    return at;
  }

  private static int comment(String text, int from) {
    int depth = 0;
    int at = from;
    while (at < text.length()) {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        at += 2;
        if (--depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return at;
  }
}
