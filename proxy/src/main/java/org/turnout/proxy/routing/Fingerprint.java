package org.turnout.proxy.routing;

/**
 * Hash of a statement's tokens with literals folded; lists of literals count as one. One object per
 * thread, reused.
 */
final class Fingerprint {
  private static final long SEED = 0x9e3779b97f4a7c15L;
  private static final long PRIME = 0xff51afd7ed558ccdL;

  private long hash = SEED;
  private long beforeComma;
  private Token previous = Token.END;
  private boolean literalBeforeComma;

  void reset() {
    hash = SEED;
    previous = Token.END;
    literalBeforeComma = false;
  }

  /** Takes a token whose text matters: a name, folded; an operator. */
  void text(Token token, byte[] bytes, int from, int to) {
    long text = token.ordinal();
    for (int i = from; i < to; i++) {
      text = (text ^ bytes[i]) * 0x100000001b3L;
    }
    mix(text);
    literalBeforeComma = false;
    previous = token;
  }

  /** Takes a token whose kind says everything, or a literal. */
  void token(Token token) {
    if (token.isLiteral()) {
      if (previous == Token.COMMA && literalBeforeComma) {
        hash = beforeComma;
      } else if (!previous.isLiteral()) {
        mix(Token.STRING.ordinal());
      }
      literalBeforeComma = false;
    } else {
      literalBeforeComma = token == Token.COMMA && previous.isLiteral();
      beforeComma = hash;
      mix(token.ordinal() + 64L);
    }
    previous = token;
  }

  private void mix(long value) {
    long mixed = (hash ^ value) * PRIME;
    hash = mixed ^ (mixed >>> 32);
  }

  long value() {
    return hash;
  }
}
