package org.turnout.protocol.postgres.authentication;

/** The other end could not prove who it is, or refused us. The message holds no secret. */
public final class AuthenticationException extends Exception {
  private static final long serialVersionUID = 1L;

  public AuthenticationException(String message) {
    super(message);
  }
}
