package org.turnout.protocol.postgres.replication;

import org.turnout.protocol.postgres.ProtocolException;

/** What of an old row a table's changes carry ({@code pg_class.relreplident}). */
public enum ReplicaIdentity {
  DEFAULT('d'),
  NOTHING('n'),
  FULL('f'),
  INDEX('i');

  private final char code;

  ReplicaIdentity(char code) {
    this.code = code;
  }

  /** The letter of the catalogue. */
  public char code() {
    return code;
  }

  static ReplicaIdentity of(byte code) {
    return switch (code) {
      case 'd' -> DEFAULT;
      case 'n' -> NOTHING;
      case 'f' -> FULL;
      case 'i' -> INDEX;
      default -> throw new ProtocolException("unknown replica identity " + code);
    };
  }
}
