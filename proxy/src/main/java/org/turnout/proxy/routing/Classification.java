package org.turnout.proxy.routing;

/**
 * What is known of one statement text. Immutable and shared between equal texts.
 *
 * @param kind what the statement is
 * @param refusal why it is not a read; {@link Refusal#NONE} exactly when it is one
 * @param fingerprint hash of the text with literals, letter case, blanks and comments folded; two
 *     texts of one fingerprint differ at most in these, but for chance. For statistics only
 * @param mayChangeSession whether the statement may leave something in the session that later reads
 *     depend on: a setting, a temporary table. What triggers do is not seen
 */
public record Classification(
    StatementKind kind, Refusal refusal, long fingerprint, boolean mayChangeSession) {

  /** Whether the statement may run on the secondary, as far as its text tells. */
  public boolean isRead() {
    return kind == StatementKind.READ;
  }
}
