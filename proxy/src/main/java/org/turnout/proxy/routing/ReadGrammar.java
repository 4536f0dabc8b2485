package org.turnout.proxy.routing;

/**
 * Proves from its tokens that a statement can only read, or gives the first reason why that is not
 * proved.
 *
 * <p>It does not parse SQL. It knows just enough to tell apart the places where a name means a
 * relation, a function or a type, and refuses whatever does not fit what it knows. Names are judged
 * wherever they stand; the places only add to that.
 *
 * <p>Rule: what is not understood is refused. A refusal is final. One object per thread, reused.
 */
final class ReadGrammar {
  private static final int DEEPEST = 64;

  /** What a parenthesis holds. */
  private enum Frame {
    /** A query: FROM begins a clause. */
    QUERY,
    /** Anything else that is computed. */
    EXPRESSION,
    /** Part of a FROM clause. */
    JOINED,
    /** Arguments among which FROM is a separator. */
    EXTRACT,
    /** CAST(… AS type). */
    CAST,
    /** Names of columns only. */
    NAMES
  }

  private final Frame[] frames = new Frame[DEEPEST];
  private final boolean[] inFrom = new boolean[DEEPEST];
  private final CommonTables commonTables = new CommonTables();
  private int depth;
  private boolean frameStart;
  private Refusal refusal = Refusal.NONE;

  private boolean relationExpected;
  private boolean inRelation;
  private boolean relationQualified;
  private boolean relationIsCommonTable;
  private boolean typeExpected;

  private final RecentTokens recent = new RecentTokens();

  void reset() {
    commonTables.reset();
    depth = 0;
    frames[0] = Frame.EXPRESSION;
    inFrom[0] = false;
    frameStart = true;
    refusal = Refusal.NONE;
    relationExpected = false;
    inRelation = false;
    typeExpected = false;
    recent.reset();
  }

  void refuse(Refusal reason) {
    if (refusal == Refusal.NONE) {
      refusal = reason;
    }
  }

  /**
   * Takes the next token.
   *
   * @param facts of a name, quoted or not; 0 for other tokens
   * @param name the name's bytes
   */
  void accept(Token token, int facts, byte[] name, int length) {
    if (refusal != Refusal.NONE) {
      return;
    }
    endRelation(token);
    boolean label = recent.word() == Word.AS && !isInList() && frames[depth] != Frame.CAST;
    boolean plain = token != Token.NAME || recent.previous() == Token.DOT || label;
    Word word = plain ? Word.NONE : Fact.wordOf(facts);
    boolean isType = typeExpected;
    if (expectationsMet(token, facts)) {
      if (token.isName()) {
        name(token, word, facts, name, length);
      } else {
        symbol(token);
      }
    }
    frameStart = token == Token.OPEN;
    recent.add(token, word, facts, label, isType);
  }

  /** The text has ended. */
  Refusal finish() {
    if (refusal == Refusal.NONE) {
      endRelation(Token.END);
    }
    if (relationExpected || typeExpected || depth != 0 || commonTables.isOpen()) {
      refuse(Refusal.UNCLEAR_STRUCTURE);
    }
    return refusal;
  }

  private void endRelation(Token next) {
    if (!inRelation || next == Token.DOT || (recent.previous() == Token.DOT && next.isName())) {
      return;
    }
    inRelation = false;
    boolean isCommonTable = relationIsCommonTable && !relationQualified;
    boolean isCall = next == Token.OPEN;
    if (!isCall && !isCommonTable && !Fact.has(recent.facts(), Fact.SAFE_RELATION)) {
      refuse(Refusal.UNKNOWN_RELATION);
    }
  }

  private boolean expectationsMet(Token token, int facts) {
    if (typeExpected) {
      typeExpected = false;
      if (token != Token.NAME || !Fact.has(facts, Fact.TYPE)) {
        refuse(Refusal.UNKNOWN_TYPE);
      }
    } else if (recent.isType() && token == Token.DOT) {
      refuse(Refusal.UNKNOWN_TYPE);
    } else if (relationExpected && !token.isName() && token != Token.OPEN) {
      refuse(Refusal.UNCLEAR_STRUCTURE);
    } else if (frames[depth] == Frame.NAMES) {
      boolean fits = token.isName() ? !recent.previous().isName() : isSeparatorOfNames(token);
      if (!fits) {
        refuse(Refusal.UNCLEAR_STRUCTURE);
      }
    }
    return refusal == Refusal.NONE;
  }

  /** Whether the text stands in the WITH list, outside of its parentheses. */
  private boolean isInList() {
    return depth == 0 && commonTables.isOpen();
  }

  private static boolean isSeparatorOfNames(Token token) {
    return token == Token.COMMA || token == Token.CLOSE;
  }

  private void name(Token token, Word word, int facts, byte[] name, int length) {
    if (Fact.has(facts, Fact.UNSAFE)) {
      refuse(Refusal.UNSAFE_NAME);
    } else if (Fact.has(facts, Fact.SERVER_NAME)) {
      refuse(Refusal.SERVER_DEPENDENT);
    } else if (token == Token.NAME && Fact.has(facts, Fact.WRITING)) {
      refuse(Refusal.WRITING_WORD);
    } else if (token == Token.NAME && Fact.has(facts, Fact.SERVER_WORD)) {
      refuse(Refusal.SERVER_DEPENDENT);
    } else if (inRelation) {
      relationQualified = true;
    } else if (isQueryStart(word)) {
      queryStart(word);
    } else if (isInList()) {
      require(commonTables.name(word, name, length));
    } else if (relationExpected) {
      relation(word, name, length);
    } else {
      keyword(word);
    }
  }

  private static boolean isQueryStart(Word word) {
    return word == Word.SELECT || word == Word.VALUES || word == Word.TABLE || word == Word.WITH;
  }

  private void require(boolean condition) {
    if (!condition) {
      refuse(Refusal.UNCLEAR_STRUCTURE);
    }
  }

  private void relation(Word word, byte[] name, int length) {
    if (word == Word.ONLY || word == Word.LATERAL) {
      return;
    }
    relationExpected = false;
    inRelation = true;
    relationQualified = false;
    relationIsCommonTable = commonTables.isDefined(name, length);
  }

  private void queryStart(Word word) {
    boolean inList = isInList();
    if (word == Word.WITH) {
      if (frameStart && depth == 0) {
        commonTables.begin();
      } else {
        // WITH ORDINALITY, WITH TIES and WITH TIME ZONE define nothing; a nested list is refused.
        require(!frameStart && !relationExpected && !inList);
      }
      return;
    }
    require(frameStart || (inList ? commonTables.isDone() : recent.isSetOperation()));
    require(canBecomeQuery(frames[depth]));
    if (inList) {
      commonTables.end();
    }
    frames[depth] = Frame.QUERY;
    inFrom[depth] = false;
    relationExpected = word == Word.TABLE;
  }

  private static boolean canBecomeQuery(Frame frame) {
    return switch (frame) {
      case QUERY, EXPRESSION, JOINED -> true;
      case EXTRACT, CAST, NAMES -> false;
    };
  }

  private void keyword(Word word) {
    switch (word) {
      case FROM -> from();
      case JOIN -> {
        require(inFrom[depth]);
        relationExpected = true;
      }
      case GROUP -> {
        if (recent.word() != Word.WITHIN) {
          inFrom[depth] = false;
        }
      }
      case CLAUSE, ORDER, UNION -> inFrom[depth] = false;
      case AS -> typeExpected = frames[depth] == Frame.CAST;
      default -> {}
    }
  }

  private void from() {
    if (recent.isComparison() || frames[depth] == Frame.EXTRACT) {
      return;
    }
    require(frames[depth] == Frame.QUERY);
    inFrom[depth] = true;
    relationExpected = true;
  }

  private void symbol(Token token) {
    switch (token) {
      case OPEN -> open();
      case CLOSE -> close();
      case COMMA -> comma();
      case STRING -> string();
      case TYPE_CAST -> {
        requireOutsideList();
        typeExpected = true;
      }
      default -> requireOutsideList();
    }
  }

  private void requireOutsideList() {
    require(!isInList());
  }

  private void open() {
    Frame frame;
    boolean joined = relationExpected;
    if (isInList()) {
      frame = commonTables.isNamed() ? Frame.NAMES : Frame.EXPRESSION;
      require(commonTables.open());
    } else if (joined) {
      frame = Frame.JOINED;
    } else {
      frame = recent.previous().isName() ? called() : Frame.EXPRESSION;
    }
    if (depth + 1 == DEEPEST) {
      refuse(Refusal.TOO_DEEP);
      return;
    }
    depth++;
    frames[depth] = frame;
    inFrom[depth] = joined;
  }

  /** What a parenthesis right behind a name holds. */
  private Frame called() {
    if (recent.isLabel() && inFrom[depth]) {
      return Frame.NAMES;
    }
    if (recent.isType()) {
      return Frame.EXPRESSION;
    }
    if (recent.word() == Word.CAST) {
      return Frame.CAST;
    }
    if (recent.word() == Word.EXTRACT) {
      return Frame.EXTRACT;
    }
    if (!recent.isBeforeParenthesis()) {
      requireSafeFunction(recent.facts());
    }
    return Frame.EXPRESSION;
  }

  private void requireSafeFunction(int facts) {
    if (Fact.has(facts, Fact.SERVER_FUNCTION)) {
      refuse(Refusal.SERVER_DEPENDENT);
    } else if (!Fact.has(facts, Fact.SAFE_FUNCTION)) {
      refuse(Refusal.UNKNOWN_FUNCTION);
    }
  }

  private void close() {
    require(depth > 0);
    if (refusal != Refusal.NONE) {
      return;
    }
    depth--;
    if (depth == 0) {
      commonTables.close();
    }
  }

  private void comma() {
    if (isInList()) {
      require(commonTables.comma());
    } else if (inFrom[depth]) {
      relationExpected = true;
    }
  }

  private void string() {
    requireOutsideList();
    if (!recent.isBeforeString()) {
      refuse(Refusal.UNKNOWN_TYPE);
    }
  }
}
