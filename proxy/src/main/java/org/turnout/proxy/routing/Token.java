package org.turnout.proxy.routing;

/** Kinds of tokens that {@link SqlLexer} finds. */
enum Token {
  /** An unquoted name or keyword. */
  NAME,
  QUOTED_NAME,
  STRING,
  NUMBER,
  PARAMETER,
  OPERATOR,
  OPEN,
  CLOSE,
  COMMA,
  DOT,
  SEMICOLON,
  OPEN_BRACKET,
  CLOSE_BRACKET,
  /** {@code ::}. */
  TYPE_CAST,
  /** {@code :} of an array slice, {@code :=} of a named argument. */
  COLON,
  END,
  /** Text that no server accepts, or that does not end. */
  UNCLEAR;

  boolean isLiteral() {
    return this == STRING || this == NUMBER || this == PARAMETER;
  }

  boolean isName() {
    return this == NAME || this == QUOTED_NAME;
  }
}
