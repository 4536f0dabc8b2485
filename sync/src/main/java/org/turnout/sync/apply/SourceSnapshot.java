package org.turnout.sync.apply;

/**
 * What a REPEATABLE READ transaction on the source sees.
 *
 * @param snapshot text of {@code pg_current_snapshot()}: {@code xmin:xmax:xip,…}, 64-bit
 *     transaction ids
 * @param insertLsn {@code pg_current_wal_insert_lsn()} read after the snapshot was taken: every
 *     commit that the snapshot sees lies before it in the log
 */
public record SourceSnapshot(String snapshot, long insertLsn) {}
