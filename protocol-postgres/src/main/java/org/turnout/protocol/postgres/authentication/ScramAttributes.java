package org.turnout.protocol.postgres.authentication;

import org.turnout.protocol.postgres.ProtocolException;

/**
 * Reads {@code a=…,b=…} of a SCRAM message from left to right.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802#section-5.1">RFC 5802 section 5.1</a>
 */
final class ScramAttributes {
  private final String text;
  private int at;

  /**
   * @throws ProtocolException when the text contains a zero, as no message of SCRAM does
   */
  ScramAttributes(String text, int from) {
    if (text.indexOf(0) >= 0) {
      throw new ProtocolException("malformed SCRAM message: it contains a zero");
    }
    this.text = text;
    this.at = from;
  }

  /** The value of the next attribute, which must have this name. */
  String next(char name) {
    if (at + 1 >= text.length() || text.charAt(at) != name || text.charAt(at + 1) != '=') {
      throw new ProtocolException("malformed SCRAM message: attribute \"" + name + "\" expected");
    }
    int end = text.indexOf(',', at + 2);
    String value = text.substring(at + 2, end < 0 ? text.length() : end);
    at = end < 0 ? text.length() : end + 1;
    return value;
  }

  /** Whether the next attribute has this name. */
  boolean startsWith(char name) {
    return at < text.length() && text.charAt(at) == name;
  }

  boolean isAtEnd() {
    return at >= text.length();
  }

  /** Skips attributes that are optional extensions, up to one of this name or to the end. */
  void skipTo(char name) {
    while (!isAtEnd() && !startsWith(name)) {
      next(letter(text.charAt(at)));
    }
  }

  private static char letter(char name) {
    if ((name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z')) {
      return name;
    }
    throw new ProtocolException("malformed SCRAM message: attribute expected");
  }
}
