package org.turnout.proxy.postgres;

import org.turnout.protocol.postgres.message.ErrorResponse;

/** A backend connection could not be had, or was lost; with what the client is to be told of it. */
final class BackendException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient ErrorResponse answer;
  private final boolean authenticated;

  /**
   * @param authenticated whether the server had said before that it knows the client
   */
  BackendException(ErrorResponse answer, boolean authenticated) {
    super(answer.report().severity() + ": " + answer.report().message());
    this.answer = answer;
    this.authenticated = authenticated;
  }

  BackendException(ErrorResponse answer, Throwable cause) {
    super(answer.report().message(), cause);
    this.answer = answer;
    this.authenticated = false;
  }

  /** Whether the server let the client in before it refused the session. */
  boolean isAuthenticated() {
    return authenticated;
  }

  /** The server's own error where there was one, else one of Turnout's. */
  ErrorResponse answer() {
    return answer;
  }
}
