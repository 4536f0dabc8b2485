package org.turnout.sync;

/**
 * Something about a side that the operator should know before a sync or a cutover.
 *
 * @param code stable name for machines, for example {@code wal-level}
 * @param severity whether it stops the operation
 * @param subject what it is about: a side, a table, a role, a client
 * @param message what was found, a sentence
 * @param advice what to do about it, a sentence
 */
public record Finding(
    String code, Severity severity, String subject, String message, String advice) {

  /** Whether a finding stops the operation. */
  public enum Severity {
    BLOCKER,
    WARNING
  }
}
