package org.turnout.proxy.routing;

/**
 * What may be known of a name, packed into an int: independent bits, and two numbers.
 *
 * <pre>bits 0-11 facts | bits 12-19 word | bits 20-27 kind of the statements it starts, plus 1
 * </pre>
 */
final class Fact {
  /** The catalogue calls the function safe. */
  static final int SAFE_FUNCTION = 1;

  /** The catalogue calls the relation safe. */
  static final int SAFE_RELATION = 1 << 1;

  /** The catalogue calls the name unsafe. */
  static final int UNSAFE = 1 << 2;

  /** A word that writes, locks or changes the session: refused unless quoted. */
  static final int WRITING = 1 << 3;

  /** A word whose value depends on server, clock or session: refused unless quoted. */
  static final int SERVER_WORD = 1 << 4;

  /** A name that depends on the server wherever it stands, quoted or not. */
  static final int SERVER_NAME = 1 << 5;

  /** A function that depends on server, clock or session, whatever the catalogue says. */
  static final int SERVER_FUNCTION = 1 << 6;

  /** A keyword that may stand before a parenthesis without being called. */
  static final int BEFORE_PARENTHESIS = 1 << 7;

  /** A keyword that may stand before a string without being its type. */
  static final int BEFORE_STRING = 1 << 8;

  /** A type whose input and casts run nothing of a user's. */
  static final int TYPE = 1 << 9;

  /** A function that writes or differs, and leaves nothing in the session that reads depend on. */
  static final int KEEPS_SESSION = 1 << 10;

  /** A word that starts a query. */
  static final int QUERY_START = 1 << 11;

  /** A name of the system catalogue or of a server's function, by its prefix. */
  static final int SYSTEM_PREFIX = 1 << 28;

  private static final int WORD_SHIFT = 12;
  private static final int KIND_SHIFT = 20;
  private static final int BYTE = 0xff;
  private static final StatementKind[] KINDS = StatementKind.values();

  private Fact() {}

  static int word(Word word) {
    return word.ordinal() << WORD_SHIFT;
  }

  static Word wordOf(int facts) {
    return Word.of((facts >>> WORD_SHIFT) & BYTE);
  }

  static int starts(StatementKind kind) {
    return (kind.ordinal() + 1) << KIND_SHIFT;
  }

  /** The kind of the statements that start with this word; OTHER when it starts none. */
  static StatementKind startOf(int facts) {
    int kind = (facts >>> KIND_SHIFT) & BYTE;
    return kind == 0 ? StatementKind.OTHER : KINDS[kind - 1];
  }

  static boolean has(int facts, int wanted) {
    return (facts & wanted) != 0;
  }
}
