package org.turnout.protocol.postgres.replication;

/**
 * A transaction id as the log carries it: the lower 32 bits of a {@code xid8}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/transaction-id.html">Transactions and
 *     identifiers</a>
 */
public record Xid(int value) {
  /**
   * The 64-bit id that is nearest to {@code nearby}: the one meant, as long as the two are less
   * than 2^31 transactions apart, which servers guarantee for everything not yet frozen.
   *
   * @param nearby a full id of about the same time, such as {@code pg_current_xact_id()} or a bound
   *     of {@code pg_current_snapshot()}
   */
  public long extend(long nearby) {
    return nearby + (value - (int) nearby);
  }

  @Override
  public String toString() {
    return Integer.toUnsignedString(value);
  }
}
