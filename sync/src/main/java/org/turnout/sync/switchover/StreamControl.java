package org.turnout.sync.switchover;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;

/** What a change of primary asks of the engine that runs streams and comparison. */
public interface StreamControl {
  /** A marker through the stream of now; completes when it is applied. */
  CompletableFuture<Void> marker();

  /** Compares the rows that changed since they were last compared, while nobody writes. */
  Verification compareChanged(Duration timeout) throws SyncException, InterruptedException;

  /**
   * After the decision: ends the stream of the epoch before, if it runs, and follows the armed
   * stream of this standing's epoch. The helper reader of the prepared stream has ended by then.
   * Slot and publication of the old stream are removed by the caller. Idempotent.
   */
  void changeOver(Standing standing) throws SyncException;
}
