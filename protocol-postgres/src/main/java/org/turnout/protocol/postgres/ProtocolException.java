package org.turnout.protocol.postgres;

/**
 * The peer sent bytes that the protocol does not allow. The connection they came on cannot be
 * trusted any more and is to be closed; a client is told SQLSTATE {@value #SQLSTATE} first.
 */
public final class ProtocolException extends RuntimeException {
  /** {@code protocol_violation}. */
  public static final String SQLSTATE = "08P01";

  private static final long serialVersionUID = 1L;

  public ProtocolException(String message) {
    super(message);
  }
}
