package org.turnout.sync;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the sync of a route does now.
 *
 * @param state what it is busy with
 * @param error why it stands still: when {@code state} is {@link State#FAILED}, when it waits to
 *     try again, and while it waits for transactions of others
 * @param tables one line a table
 * @param rowsCopied rows written by the copy
 * @param rowsTotal rows to copy, the source's estimate at the start
 * @param bytesCopied bytes of row data written by the copy
 * @param rowsPerSecond rate of the copy over the last seconds
 * @param eta time until the copy ends at that rate
 * @param lagBytes bytes of the primary's log that are not applied on the secondary
 * @param lag age of the newest primary state known to be on the secondary
 * @param transactionsApplied source transactions applied since the start of the process
 * @param changesApplied row changes applied since the start of the process
 * @param retainedBytes log that the primary keeps for Turnout
 */
public record SyncStatus(
    State state,
    Optional<String> error,
    List<TableProgress> tables,
    long rowsCopied,
    long rowsTotal,
    long bytesCopied,
    long rowsPerSecond,
    Optional<Duration> eta,
    long lagBytes,
    Optional<Duration> lag,
    long transactionsApplied,
    long changesApplied,
    long retainedBytes) {

  public static final SyncStatus OFF =
      new SyncStatus(
          State.OFF,
          Optional.empty(),
          List.of(),
          0,
          0,
          0,
          0,
          Optional.empty(),
          0,
          Optional.empty(),
          0,
          0,
          0);

  /** The same, with what the primary keeps for Turnout. */
  public SyncStatus retaining(long bytes) {
    return new SyncStatus(
        state,
        error,
        tables,
        rowsCopied,
        rowsTotal,
        bytesCopied,
        rowsPerSecond,
        eta,
        lagBytes,
        lag,
        transactionsApplied,
        changesApplied,
        bytes);
  }

  /** The same, standing still until the operator has done something. */
  public SyncStatus failed(String reason) {
    return new SyncStatus(
        State.FAILED,
        Optional.of(reason),
        tables,
        rowsCopied,
        rowsTotal,
        bytesCopied,
        rowsPerSecond,
        eta,
        lagBytes,
        lag,
        transactionsApplied,
        changesApplied,
        retainedBytes);
  }

  /** What the sync is busy with. */
  public enum State {
    OFF,
    PREPARING,
    COPYING,
    INDEXING,
    FOLLOWING,
    /** A side cannot be reached; the sync tries again by itself and loses nothing. */
    WAITING,
    /** Needs the operator. */
    FAILED
  }

  /**
   * The copy of one table.
   *
   * @param table schema-qualified name, quoted where needed
   */
  public record TableProgress(String table, long rowsCopied, long rowsTotal, boolean done) {}
}
