package org.turnout.bench.load;

/** A client did not get the answer that it has to get: then nothing that was measured counts. */
public final class LoadException extends Exception {
  public LoadException(String message) {
    super(message);
  }

  public LoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
