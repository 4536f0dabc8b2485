package org.turnout.embedded;

/**
 * An embedded server could not be made, started or stopped; the message holds the end of its log.
 */
public final class EmbeddedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public EmbeddedException(String message) {
    super(message);
  }

  public EmbeddedException(String message, Throwable cause) {
    super(message, cause);
  }
}
