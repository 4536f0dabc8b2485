package org.turnout.proxy.routing;

/**
 * The tokens just behind the one in hand, as far as {@link ReadGrammar} looks back. One object per
 * thread, reused.
 */
final class RecentTokens {
  private Token previous = Token.END;
  private Token beforePrevious = Token.END;
  private int facts;
  private boolean afterAs;
  private boolean afterDot;
  private boolean isType;
  private Word word1 = Word.NONE;
  private Word word2 = Word.NONE;
  private Word word3 = Word.NONE;

  void reset() {
    previous = Token.END;
    beforePrevious = Token.END;
    facts = 0;
    afterAs = false;
    afterDot = false;
    isType = false;
    word1 = Word.NONE;
    word2 = Word.NONE;
    word3 = Word.NONE;
  }

  /**
   * Takes a token that is done with.
   *
   * @param word its meaning as a keyword; NONE where it is a plain name
   * @param label whether it is a name that AS gives
   * @param type whether a type had to stand here
   */
  void add(Token token, Word word, int tokenFacts, boolean label, boolean type) {
    beforePrevious = previous;
    afterDot = previous == Token.DOT;
    previous = token;
    facts = tokenFacts;
    afterAs = label;
    isType = type || (isType && word == Word.VARYING);
    word3 = word2;
    word2 = word1;
    word1 = word;
  }

  Token previous() {
    return previous;
  }

  /** What is known of the previous name. */
  int facts() {
    return facts;
  }

  /** The keyword just before; NONE when it was anything else. */
  Word word() {
    return word1;
  }

  boolean isLabel() {
    return afterAs;
  }

  boolean isType() {
    return isType;
  }

  /** Whether the previous name may be a keyword: neither quoted nor behind a dot or AS. */
  boolean isKeyword() {
    return previous == Token.NAME && !afterDot && !afterAs;
  }

  /** Whether a query may follow as the other side of a UNION. */
  boolean isSetOperation() {
    return word1 == Word.UNION
        || (word2 == Word.UNION && (word1 == Word.ALL || word1 == Word.DISTINCT));
  }

  /** Whether FROM now belongs to IS [NOT] DISTINCT FROM. */
  boolean isComparison() {
    return word1 == Word.DISTINCT && (word2 == Word.IS || (word2 == Word.NOT && word3 == Word.IS));
  }

  /** Whether a parenthesis behind the previous name is no call of a function. */
  boolean isBeforeParenthesis() {
    return isKeyword()
        && (Fact.has(facts, Fact.BEFORE_PARENTHESIS)
            || switch (word1) {
              case BY -> word2 == Word.GROUP || word2 == Word.ORDER || word2 == Word.PARTITION;
              case OVER -> beforePrevious == Token.CLOSE;
              case GROUP -> word2 == Word.WITHIN;
              case SETS -> word2 == Word.GROUPING;
              case CUBE -> word2 == Word.BY;
              default -> false;
            });
  }

  /** Whether a string may stand here: right behind a name it would be that type's input. */
  boolean isBeforeString() {
    return switch (previous) {
      case NAME -> isKeyword() && Fact.has(facts, Fact.TYPE | Fact.BEFORE_STRING);
      case QUOTED_NAME, CLOSE, CLOSE_BRACKET, NUMBER, PARAMETER -> false;
      default -> true;
    };
  }
}
