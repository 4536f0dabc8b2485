package org.turnout.proxy.routing;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Says of a statement's text what it is and whether it can only read.
 *
 * <p>Rule: a statement that writes, locks, or whose answer may differ between the sides for another
 * reason than replication is never called a read; that a read is not recognised is no fault. The
 * verdict depends on the text and on the {@link ReadRules} alone. Functions and tables are judged
 * by the catalogue that the rules were made from; what was created since is unknown and not read.
 *
 * <p>One object per event loop, confined to it. A text that was seen before, or differs in its
 * literals only, costs one pass over its bytes, a hash and a comparison; another one is read token
 * by token. Neither makes an object per token.
 */
public final class ReadClassifier {
  /** Bytes of a text that are looked at; a longer one is not read. */
  static final int LONGEST_TEXT = 256 * 1024;

  private static final int UNSAFE_IN_ANY_CASE = Fact.UNSAFE | Fact.SERVER_NAME;
  private static final int KNOWN_CALL =
      Fact.SAFE_FUNCTION | Fact.SAFE_RELATION | Fact.BEFORE_PARENTHESIS | Fact.KEEPS_SESSION;

  private final SqlLexer lexer = new SqlLexer();
  private final ReadGrammar grammar = new ReadGrammar();
  private final StatementShape shape = new StatementShape();
  private final Fingerprint fingerprint = new Fingerprint();
  private final ClassificationCache cache = new ClassificationCache();
  private final LiteralFold fold = new LiteralFold(ClassificationCache.LONGEST_TEXT);
  private final byte[] lowerCase = new byte[SqlLexer.LONGEST_NAME];
  private byte @Nullable [] copy;
  private ReadRules rules;

  public ReadClassifier(ReadRules rules) {
    this.rules = rules;
  }

  /** Judges by these rules from now on. Cheap when they are the same object. */
  public void rules(ReadRules newRules) {
    if (rules != newRules) {
      rules = newRules;
      cache.clear();
    }
  }

  /**
   * Classifies the text at {@code index}, without the terminating zero. The buffer is not changed.
   */
  public Classification classify(ByteBuf sql, int index, int length) {
    if (length > LONGEST_TEXT) {
      return new Classification(StatementKind.OTHER, Refusal.TOO_LONG, 0, true);
    }
    if (sql.hasArray()) {
      return classify(sql.array(), sql.arrayOffset() + index, length);
    }
    byte[] bytes = copy;
    if (bytes == null || bytes.length < length) {
      bytes = new byte[Math.max(ClassificationCache.LONGEST_TEXT, length)];
      copy = bytes;
    }
    sql.getBytes(index, bytes, 0, length);
    return classify(bytes, 0, length);
  }

  /** Classifies the text at {@code offset}. */
  public Classification classify(byte[] sql, int offset, int length) {
    if (length > LONGEST_TEXT) {
      return new Classification(StatementKind.OTHER, Refusal.TOO_LONG, 0, true);
    }
    if (length > ClassificationCache.LONGEST_TEXT) {
      return scan(sql, offset, length);
    }
    int folded = fold.fold(sql, offset, length);
    byte[] text = folded < 0 ? sql : fold.bytes();
    int start = folded < 0 ? offset : 0;
    int size = folded < 0 ? length : folded;
    Classification known = cache.get(text, start, size);
    if (known != null) {
      return known;
    }
    Classification found = scan(sql, offset, length);
    cache.put(text, start, size, found);
    return found;
  }

  private Classification scan(byte[] sql, int offset, int length) {
    lexer.reset(sql, offset, length);
    grammar.reset();
    shape.reset();
    fingerprint.reset();
    boolean any = false;
    boolean ended = false;
    boolean unknownCall = false;
    int previousFacts = KNOWN_CALL;
    for (Token token = lexer.next(); token != Token.END; token = lexer.next()) {
      if (token == Token.UNCLEAR) {
        return result(StatementKind.OTHER, Refusal.UNCLEAR_TEXT, true);
      }
      if (token == Token.SEMICOLON) {
        ended = any;
        continue;
      }
      if (ended) {
        return result(StatementKind.SEVERAL, Refusal.SEVERAL_STATEMENTS, true);
      }
      any = true;
      int facts = take(token);
      unknownCall |=
          token == Token.OPEN
              ? !Fact.has(previousFacts, KNOWN_CALL)
              : Fact.has(facts, Fact.SYSTEM_PREFIX) && !Fact.has(facts, Fact.KEEPS_SESSION);
      previousFacts = token.isName() ? facts : KNOWN_CALL;
    }
    return verdict(unknownCall || shape.isQueryInto());
  }

  private int take(Token token) {
    int facts = 0;
    if (token.isName()) {
      facts = facts(token);
      fingerprint.text(token, lexer.name(), 0, lexer.nameLength());
    } else if (token == Token.OPERATOR) {
      fingerprint.text(token, lexer.text(), lexer.start(), lexer.end());
      if (rules.isUnsafeOperator(lexer.text(), lexer.start(), lexer.end())) {
        grammar.refuse(Refusal.UNSAFE_OPERATOR);
      }
    } else {
      fingerprint.token(token);
      if (token == Token.STRING && ClockWords.areIn(lexer.text(), lexer.start(), lexer.end())) {
        grammar.refuse(Refusal.SERVER_DEPENDENT);
      }
    }
    shape.accept(token, facts);
    if (shape.isQuery() || token == Token.OPEN) {
      grammar.accept(token, facts, lexer.name(), lexer.nameLength());
    }
    return facts;
  }

  private int facts(Token token) {
    byte[] name = lexer.name();
    int length = lexer.nameLength();
    int facts = rules.names().get(name, length);
    boolean prefixed = length > 2 && (name[0] | 0x20) == 'p' && (name[1] | 0x20) == 'g';
    if (prefixed && name[2] == '_') {
      facts |= Fact.SERVER_NAME | Fact.SYSTEM_PREFIX;
    }
    if (token == Token.QUOTED_NAME && lexer.isUpperCase()) {
      for (int i = 0; i < length; i++) {
        byte b = name[i];
        lowerCase[i] = b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
      }
      facts |= rules.names().get(lowerCase, length) & UNSAFE_IN_ANY_CASE;
    }
    return facts;
  }

  private Classification verdict(boolean unknownCall) {
    StatementKind kind = shape.kind();
    if (!shape.isQuery()) {
      return result(kind, Refusal.NOT_A_QUERY, changesSession(kind, unknownCall));
    }
    if (!rules.isCatalogueKnown()) {
      return result(kind, Refusal.NO_CATALOGUE, changesSession(kind, unknownCall));
    }
    if (lexer.isDoubtful()) {
      return result(kind, Refusal.UNCLEAR_TEXT, changesSession(kind, unknownCall));
    }
    Refusal refusal = grammar.finish();
    return refusal == Refusal.NONE
        ? result(StatementKind.READ, refusal, false)
        : result(kind, refusal, changesSession(kind, unknownCall));
  }

  private static boolean changesSession(StatementKind kind, boolean unknownCall) {
    return switch (kind) {
      case READ, EMPTY, BEGIN, BEGIN_READ_ONLY, COMMIT, ROLLBACK, SAVEPOINT -> false;
      case QUERY, WRITE -> unknownCall;
      case SESSION_STATE, DEFINITION, SEVERAL, OTHER -> true;
    };
  }

  private Classification result(StatementKind kind, Refusal refusal, boolean mayChangeSession) {
    return new Classification(kind, refusal, fingerprint.value(), mayChangeSession);
  }
}
