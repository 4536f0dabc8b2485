package org.turnout.proxy.routing;

/**
 * Tells by its first words what kind of statement a text is, and of BEGIN, COMMIT and ROLLBACK
 * which form. One object per thread, reused.
 */
final class StatementShape {
  private boolean started;
  private StatementKind start = StatementKind.EMPTY;
  private boolean queryStart;
  private Word previous = Word.NONE;
  private boolean readOnly;
  private boolean readWrite;
  private boolean chained;
  private boolean prepared;
  private boolean toSavepoint;
  private boolean wordsOnly;

  /** Every word belongs to a transaction of the level READ COMMITTED, or of none that is named. */
  private boolean plainLevel;

  private boolean into;

  void reset() {
    started = false;
    start = StatementKind.EMPTY;
    queryStart = false;
    previous = Word.NONE;
    readOnly = false;
    readWrite = false;
    chained = false;
    prepared = false;
    toSavepoint = false;
    wordsOnly = true;
    plainLevel = true;
    into = false;
  }

  /** Takes the next token, with what is known of it when it is an unquoted name. */
  void accept(Token token, int facts) {
    Word word = token == Token.NAME ? Fact.wordOf(facts) : Word.NONE;
    if (!started) {
      first(token, facts);
    } else {
      later(token, word);
    }
    previous = word;
  }

  private void first(Token token, int facts) {
    if (token == Token.OPEN) {
      start = StatementKind.OTHER;
      return;
    }
    started = true;
    boolean parenthesised = start == StatementKind.OTHER;
    queryStart = token == Token.NAME && Fact.has(facts, Fact.QUERY_START);
    start = token == Token.NAME ? Fact.startOf(facts) : StatementKind.OTHER;
    if (parenthesised && !queryStart) {
      start = StatementKind.OTHER;
    }
  }

  private void later(Token token, Word word) {
    wordsOnly &= token == Token.NAME || token == Token.COMMA;
    plainLevel &= token != Token.NAME || isOfPlainLevel(word);
    readOnly |= previous == Word.READ && word == Word.ONLY;
    readWrite |= previous == Word.READ && word == Word.WRITE;
    chained |= word == Word.CHAIN && previous != Word.NO;
    prepared |= word == Word.PREPARED;
    toSavepoint |= word == Word.TO;
    into |= word == Word.INTO;
  }

  private boolean isOfPlainLevel(Word word) {
    return switch (word) {
      case TRANSACTION, WORK, READ, WRITE, ONLY, ISOLATION, LEVEL -> true;
      case COMMITTED -> previous == Word.READ;
      default -> false;
    };
  }

  /** Whether the statement starts as a read does. */
  boolean isQuery() {
    return queryStart;
  }

  /** Whether it is a query that may make a table, a temporary one among others. */
  boolean isQueryInto() {
    return queryStart && into;
  }

  /** The kind, as far as words tell: QUERY where it may be a READ. */
  StatementKind kind() {
    return switch (start) {
      case BEGIN ->
          readOnly && !readWrite && wordsOnly && plainLevel
              ? StatementKind.BEGIN_READ_ONLY
              : StatementKind.BEGIN;
      case COMMIT -> chained || prepared ? StatementKind.OTHER : StatementKind.COMMIT;
      case ROLLBACK -> {
        if (toSavepoint) {
          yield StatementKind.SAVEPOINT;
        }
        yield chained || prepared ? StatementKind.OTHER : StatementKind.ROLLBACK;
      }
      default -> start;
    };
  }
}
