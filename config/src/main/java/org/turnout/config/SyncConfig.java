package org.turnout.config;

/**
 * Limits and choices of the sync of a route.
 *
 * @param workers parallel connections of the copy and of a verification, at least 1
 * @param schema where the tables on green come from
 * @param maxRetainedBytes log that the primary may have to keep for Turnout; above it the sync ends
 *     and drops its slot
 * @param maxBatchBytes memory that one batch of changes may take before it is written
 */
public record SyncConfig(int workers, Schema schema, long maxRetainedBytes, long maxBatchBytes) {
  public static final SyncConfig DEFAULT = new SyncConfig(2, Schema.AUTO, 16L << 30, 8L << 20);

  /** Where the tables on green come from. */
  public enum Schema {
    /**
     * By {@code pg_dump} when one new enough is found and green is empty; otherwise as {@link
     * #PREPARED}.
     */
    AUTO,
    /** By {@code pg_dump}; it is an error when there is none. */
    DUMP,
    /** The operator made them; Turnout compares and names what differs. */
    PREPARED
  }
}
