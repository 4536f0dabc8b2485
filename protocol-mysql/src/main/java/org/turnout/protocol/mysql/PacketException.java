package org.turnout.protocol.mysql;

/**
 * The peer sent bytes that the protocol does not allow. The connection they came on cannot be
 * trusted any more and is to be closed.
 */
public final class PacketException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PacketException(String message) {
    super(message);
  }
}
