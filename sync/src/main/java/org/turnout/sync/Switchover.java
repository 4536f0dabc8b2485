package org.turnout.sync;

import java.time.Duration;

/**
 * The database half of one change of primary. The steps are called once each, in the order below,
 * by one thread; traffic is paused from {@link #fence} to {@link #decide}, and no call in between
 * waits for a database longer than it is allowed to. {@link #abort} may be called at any time
 * before {@link #decide} has returned, from any thread, and leaves the old primary serving.
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
  int advanceSequences(Duration timeout) throws SyncException;

  /** Step 7: compares the rows that changed since they were last compared. */
  Verification compareChanged(Duration timeout) throws SyncException;

  /** Step 8: reads the position from which the reverse stream counts and makes it durable. */
  void arm(Duration timeout) throws SyncException;

  /**
   * Step 9: makes the fence stick, then writes the decision record on the new primary. After a
   * normal return the new primary is the authority.
   *
   * @param timeout how long it may take until it is known, or known to be in doubt
   * @throws SyncException when the attempt ended without a decision; {@link #abort} is then due
   * @throws InDoubtException when it cannot be known yet whether the decision was written
   */
  void decide(Duration timeout) throws SyncException, InDoubtException;

  /**
   * After the sessions were released: the old primary learns that its fence is for good; ends the
   * old stream, drops its slot, starts the reverse stream. Failures here never undo the decision;
   * they are taken up again by {@link SyncEngine#settle} and {@link SyncEngine#start}.
   */
  void complete() throws SyncException;

  /**
   * Lifts the fence and makes a late decision impossible. Idempotent; does not throw. An old
   * primary that does not answer is not waited for longer than some seconds; {@link
   * SyncEngine#settle} completes it then.
   */
  void abort();

  /**
   * After {@link #abort}, with the sessions released: removes what was prepared. Does not throw.
   */
  void discard();

  /** It cannot be known whether the decision was written: the new primary did not answer. */
  final class InDoubtException extends Exception {
    public InDoubtException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
