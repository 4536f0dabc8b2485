package org.turnout.sync.apply;

import org.turnout.sync.SyncException;

/**
 * Lets a verification stop the applier at an exact state of the source. Implemented by the running
 * stream; any thread.
 */
public interface ApplyGate {
  /**
   * Stops the applier between two source transactions; returns when it stands. One hold at a time,
   * others wait.
   */
  Hold hold() throws SyncException, InterruptedException;

  /** The applier stands still until this is closed. */
  interface Hold extends AutoCloseable {
    /**
     * Applies exactly the source transactions that the snapshot sees, commits them on the target,
     * and stands again. The snapshot was taken after {@link ApplyGate#hold} returned.
     *
     * @return false when the order of the log and of visibility differ here (a transaction that the
     *     snapshot does not see lies before one that it sees): the caller takes a new snapshot and
     *     calls again
     * @throws SyncException when the stream failed
     */
    boolean advanceTo(SourceSnapshot snapshot) throws SyncException, InterruptedException;

    /** Lets the applier go on. */
    @Override
    void close();
  }
}
