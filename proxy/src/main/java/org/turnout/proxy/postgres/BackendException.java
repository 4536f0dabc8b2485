package org.turnout.proxy.postgres;

import org.turnout.protocol.postgres.message.ErrorResponse;

/** A backend connection could not be had, or was lost; with what the client is to be told of it. */
final class BackendException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient ErrorResponse answer;

  BackendException(ErrorResponse answer) {
    super(answer.report().severity() + ": " + answer.report().message());
    this.answer = answer;
  }

  BackendException(ErrorResponse answer, Throwable cause) {
    super(answer.report().message(), cause);
    this.answer = answer;
  }

  /** The server's own error where there was one, else one of Turnout's. */
  ErrorResponse answer() {
    return answer;
  }
}
