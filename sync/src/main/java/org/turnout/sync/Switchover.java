package org.turnout.sync;

import java.time.Duration;

/**
 * The database half of one change of primary. The steps are called once each, in the order below,
 * by one thread; traffic is paused from {@link #fence} to {@link #decide}. {@link #abort} may be
 * called at any time before {@link #decide} has returned, from any thread, and leaves the old
 * primary serving.
 */
public interface Switchover {
  /** Where this leads: the next epoch, the other side. */
  Standing target();

  /**
   * Step 1: the intent, durable on the old primary.
   *
   * @param deadline how long from now the attempt may take
   */
  void recordIntent(Duration deadline) throws SyncException;

  /**
   * Step 4: takes the locks that no writer can hold meanwhile, also none that bypasses Turnout.
   *
   * @param lockTimeout how long to wait for running writers
   * @throws SyncException naming who held which table
   */
  void fence(Duration lockTimeout) throws SyncException;

  /** Step 5: a marker through the log, awaited until it is applied on the new primary. */
  void catchUp(Duration timeout) throws SyncException;

  /**
   * Step 6: brings every sequence of the new primary past the old one's. Returns how many moved.
   */
  int advanceSequences() throws SyncException;

  /** Step 7: compares the rows that changed since they were last compared. */
  Verification compareChanged(Duration timeout) throws SyncException;

  /** Step 8: reads the position from which the reverse stream counts and makes it durable. */
  void arm() throws SyncException;

  /**
   * Step 9: makes the fence stick, then writes the decision record on the new primary. After a
   * normal return the new primary is the authority.
   *
   * @throws SyncException when the attempt ended without a decision; {@link #abort} is then due
   * @throws InDoubtException when it cannot be known yet whether the decision was written
   */
  void decide() throws SyncException, InDoubtException;

  /**
   * After the sessions were released: ends the old stream, drops its slot, starts the reverse
   * stream. Failures here never undo the decision; they are taken up again by {@link
   * SyncEngine#settle} and {@link SyncEngine#start}.
   */
  void complete() throws SyncException;

  /**
   * Lifts the fence, makes a late decision impossible, removes what was prepared. Idempotent; does
   * not throw.
   */
  void abort();

  /** It cannot be known whether the decision was written: the new primary did not answer. */
  final class InDoubtException extends Exception {
    public InDoubtException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
