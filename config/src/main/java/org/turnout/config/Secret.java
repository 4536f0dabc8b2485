package org.turnout.config;

/** A value that is never logged or shown: its text form is {@code ***}. */
public final class Secret {
  private final String value;

  public Secret(String value) {
    this.value = value;
  }

  /** The value itself; for the one place that sends it to a server. */
  public String reveal() {
    return value;
  }

  @Override
  public String toString() {
    return "***";
  }
}
