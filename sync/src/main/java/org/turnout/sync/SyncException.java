package org.turnout.sync;

import java.util.List;

/**
 * A sync step could not be done. The message says where and what; the findings, when there are any,
 * name each cause with its advice. Nothing is left half applied.
 */
public final class SyncException extends Exception {
  private final transient List<Finding> findings;

  public SyncException(String message) {
    super(message);
    this.findings = List.of();
  }

  public SyncException(String message, Throwable cause) {
    super(message, cause);
    this.findings = List.of();
  }

  public SyncException(String message, List<Finding> findings) {
    super(message);
    this.findings = List.copyOf(findings);
  }

  /** The causes by name, possibly none. */
  public List<Finding> findings() {
    return findings;
  }
}
