package org.turnout.protocol.postgres.message;

import org.turnout.protocol.postgres.ProtocolException;

/** What Describe and Close name: a prepared statement ({@code S}) or a portal ({@code P}). */
public enum Target {
  STATEMENT('S'),
  PORTAL('P');

  private final byte code;

  Target(char code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  static Target of(byte code) {
    return switch (code) {
      case 'S' -> STATEMENT;
      case 'P' -> PORTAL;
      default -> throw new ProtocolException("invalid target " + code);
    };
  }
}
