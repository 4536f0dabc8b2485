package org.turnout.admin.cli;

import java.util.List;
import java.util.Optional;

/**
 * A command could not do what it was asked. Shown to a person, so the message is one clear sentence
 * and the advice says what to do next; no stack trace is printed.
 */
public final class CommandFailure extends Exception {
  private final transient List<String> advice;
  private final transient Optional<String> document;

  public CommandFailure(String message, String... advice) {
    this(message, List.of(advice));
  }

  public CommandFailure(String message, List<String> advice) {
    this(message, advice, Optional.empty());
  }

  private CommandFailure(String message, List<String> advice, Optional<String> document) {
    super(message);
    this.advice = List.copyOf(advice);
    this.document = document;
  }

  /** The same failure with the JSON that a machine reads instead. */
  CommandFailure withDocument(String json) {
    return new CommandFailure(String.valueOf(getMessage()), advice, Optional.of(json));
  }

  /** The JSON that a machine reads instead. */
  Optional<String> document() {
    return document;
  }

  /** What to do about it, a sentence each; possibly none. */
  public List<String> advice() {
    return advice;
  }
}
