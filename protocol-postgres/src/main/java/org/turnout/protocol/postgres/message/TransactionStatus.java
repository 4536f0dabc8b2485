package org.turnout.protocol.postgres.message;

import org.turnout.protocol.postgres.ProtocolException;

/** Where a backend stands when it is ready for the next query. */
public enum TransactionStatus {
  IDLE('I'),
  IN_TRANSACTION('T'),
  FAILED('E');

  private final byte code;

  TransactionStatus(char code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  /**
   * @throws ProtocolException when there is no such status
   */
  public static TransactionStatus of(byte code) {
    return switch (code) {
      case 'I' -> IDLE;
      case 'T' -> IN_TRANSACTION;
      case 'E' -> FAILED;
      default -> throw new ProtocolException("invalid transaction status " + code);
    };
  }
}
