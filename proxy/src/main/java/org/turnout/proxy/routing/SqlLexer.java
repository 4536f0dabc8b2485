package org.turnout.proxy.routing;

/**
 * Cuts SQL text into tokens the way a PostgreSQL server does, without making an object per token.
 *
 * <p>Where the server's reading depends on something that is not in the text (the encoding of the
 * client, {@code standard_conforming_strings}) or differs between versions, the text is {@linkplain
 * #isDoubtful doubtful}: tokens go on as in a default session, and nothing may be proved from them.
 *
 * <p>One object per thread, reused for every text. It does not know any keyword.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical
 *     structure</a>
 */
final class SqlLexer {
  /** Bytes of a name that count; a server cuts off the rest. */
  static final int LONGEST_NAME = 63;

  private byte[] sql = {};
  private int at;
  private int end;
  private int start;
  private boolean doubtful;

  private final byte[] name = new byte[LONGEST_NAME];
  private int nameLength;
  private boolean upperCase;

  void reset(byte[] text, int offset, int length) {
    sql = text;
    at = offset;
    end = offset + length;
    start = offset;
    doubtful = false;
  }

  /** Whether something up to here may mean something else to a server. */
  boolean isDoubtful() {
    return doubtful;
  }

  /** Where the latest token starts in the text. */
  int start() {
    return start;
  }

  /** Where the latest token ends. */
  int end() {
    return at;
  }

  byte[] text() {
    return sql;
  }

  /** The latest name: folded to lower case when it was not quoted. Overwritten by the next. */
  byte[] name() {
    return name;
  }

  int nameLength() {
    return nameLength;
  }

  /** Whether the latest quoted name has capital letters. */
  boolean isUpperCase() {
    return upperCase;
  }

  Token next() {
    if (!skipBlanks()) {
      return Token.UNCLEAR;
    }
    start = at;
    if (at >= end) {
      return Token.END;
    }
    byte first = sql[at];
    if (isNameStart(first)) {
      return nameOrPrefixedString(first);
    }
    if (isDigit(first) || (first == '.' && isDigit(peek(1)))) {
      return number();
    }
    return switch (first) {
      case '\'' -> string(false);
      case '"' -> quotedName();
      case '$' -> dollar();
      case '(' -> single(Token.OPEN);
      case ')' -> single(Token.CLOSE);
      case ',' -> single(Token.COMMA);
      case '.' -> single(Token.DOT);
      case ';' -> single(Token.SEMICOLON);
      case '[' -> single(Token.OPEN_BRACKET);
      case ']' -> single(Token.CLOSE_BRACKET);
      case ':' -> colon();
      default -> isOperator(first) ? operator() : Token.UNCLEAR;
    };
  }

  private Token single(Token token) {
    at++;
    return token;
  }

  private byte peek(int distance) {
    return at + distance < end ? sql[at + distance] : 0;
  }

  /** False when a comment does not end. */
  private boolean skipBlanks() {
    while (at < end) {
      byte b = sql[at];
      if (b == ' ' || (b >= '\t' && b <= '\r')) {
        at++;
      } else if (b == '-' && peek(1) == '-') {
        while (at < end && sql[at] != '\n' && sql[at] != '\r') {
          at++;
        }
      } else if (b == '/' && peek(1) == '*') {
        if (!skipComment()) {
          return false;
        }
      } else {
        return true;
      }
    }
    return true;
  }

  private boolean skipComment() {
    int depth = 0;
    do {
      if (peek(0) == '/' && peek(1) == '*') {
        depth++;
        at += 2;
      } else if (peek(0) == '*' && peek(1) == '/') {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0 && at < end);
    return depth == 0;
  }

  private Token nameOrPrefixedString(byte first) {
    int letter = first | 0x20;
    byte second = peek(1);
    if (second == '\'' && (letter == 'e' || letter == 'b' || letter == 'x' || letter == 'n')) {
      at++;
      return string(letter == 'e');
    }
    if (letter == 'u' && second == '&' && (peek(2) == '\'' || peek(2) == '"')) {
      // Escapes inside may spell any name, by a character that a later UESCAPE chooses.
      return Token.UNCLEAR;
    }
    nameLength = 0;
    upperCase = false;
    while (at < end && isNamePart(sql[at])) {
      byte b = sql[at++];
      append(b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b);
    }
    return Token.NAME;
  }

  private void append(byte b) {
    if (nameLength == LONGEST_NAME) {
      doubtful = true;
      return;
    }
    if (b < 0) {
      doubtful = true;
    }
    name[nameLength++] = b;
  }

  private Token quotedName() {
    at++;
    nameLength = 0;
    upperCase = false;
    while (at < end) {
      byte b = sql[at++];
      if (b == '"') {
        if (peek(0) != '"') {
          return Token.QUOTED_NAME;
        }
        at++;
      }
      upperCase |= b >= 'A' && b <= 'Z';
      append(b);
    }
    return Token.UNCLEAR;
  }

  private Token string(boolean escapes) {
    at++;
    boolean backslash = false;
    boolean notAscii = false;
    while (at < end) {
      byte b = sql[at++];
      if (b == '\\') {
        backslash = true;
        at += escapes ? 1 : 0;
      } else if (b < 0) {
        notAscii = true;
      } else if (b == '\'') {
        if (peek(0) != '\'') {
          // A backslash may be an escape in an old session, or the second byte of a character.
          doubtful |= backslash && (!escapes || notAscii);
          return Token.STRING;
        }
        at++;
      }
    }
    return Token.UNCLEAR;
  }

  private Token dollar() {
    if (isDigit(peek(1))) {
      at++;
      skipDigits();
      return endOfNumber(Token.PARAMETER);
    }
    int tagEnd = at + 1;
    while (tagEnd < end && isNamePart(sql[tagEnd]) && sql[tagEnd] != '$') {
      doubtful |= sql[tagEnd] < 0;
      tagEnd++;
    }
    if (tagEnd >= end || sql[tagEnd] != '$') {
      return Token.UNCLEAR;
    }
    int tagLength = tagEnd + 1 - at;
    for (int i = tagEnd + 1; i + tagLength <= end; i++) {
      if (sql[i] == '$' && isTagAt(i, tagLength)) {
        at = i + tagLength;
        return Token.STRING;
      }
    }
    return Token.UNCLEAR;
  }

  private boolean isTagAt(int index, int tagLength) {
    for (int i = 0; i < tagLength; i++) {
      if (sql[index + i] != sql[at + i]) {
        return false;
      }
    }
    return true;
  }

  private Token number() {
    skipDigits();
    if (peek(0) == '.') {
      at++;
      skipDigits();
    }
    if ((peek(0) | 0x20) == 'e') {
      int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (isDigit(peek(1 + sign))) {
        at += 1 + sign;
        skipDigits();
      }
    }
    return endOfNumber(Token.NUMBER);
  }

  /** A number that runs into a name is one token or two, depending on the server's version. */
  private Token endOfNumber(Token token) {
    doubtful |= at < end && isNamePart(sql[at]);
    return token;
  }

  private void skipDigits() {
    while (at < end && isDigit(sql[at])) {
      at++;
    }
  }

  private Token colon() {
    at++;
    if (peek(0) == ':') {
      return single(Token.TYPE_CAST);
    }
    if (peek(0) == '=') {
      at++;
    }
    return Token.COLON;
  }

  /** A whole run of operator characters, up to a comment: one operator or several. */
  private Token operator() {
    while (at < end && isOperator(sql[at])) {
      if (at > start && (isAt('-', '-') || isAt('/', '*'))) {
        break;
      }
      at++;
    }
    return Token.OPERATOR;
  }

  private boolean isAt(char first, char second) {
    return sql[at] == first && peek(1) == second;
  }

  private static boolean isOperator(byte b) {
    return switch (b) {
      case '~', '!', '@', '#', '^', '&', '|', '`', '?', '+', '-', '*', '/', '%', '<', '>', '=' ->
          true;
      default -> false;
    };
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isNameStart(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' || b < 0;
  }

  private static boolean isNamePart(byte b) {
    return isNameStart(b) || isDigit(b) || b == '$';
  }
}
