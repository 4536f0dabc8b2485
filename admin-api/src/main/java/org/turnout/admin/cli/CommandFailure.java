package org.turnout.admin.cli;

import java.util.List;

/**
 * A command could not do what it was asked. Shown to a person, so the message is one clear sentence
 * and the advice says what to do next; no stack trace is printed.
 */
public final class CommandFailure extends Exception {
  private final transient List<String> advice;

  public CommandFailure(String message, String... advice) {
    super(message);
    this.advice = List.of(advice);
  }

  public CommandFailure(String message, List<String> advice) {
    super(message);
    this.advice = List.copyOf(advice);
  }

  /** What to do about it, a sentence each; possibly none. */
  public List<String> advice() {
    return advice;
  }
}
