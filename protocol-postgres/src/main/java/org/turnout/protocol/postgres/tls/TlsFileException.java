package org.turnout.protocol.postgres.tls;

/** A certificate or a key cannot be used; the message names the file and what is wrong with it. */
public final class TlsFileException extends Exception {
  private static final long serialVersionUID = 1L;

  public TlsFileException(String message) {
    super(message);
  }

  public TlsFileException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
