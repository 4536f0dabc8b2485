package org.turnout.sync.apply;

import java.time.Duration;
import org.turnout.sync.SyncException;

/**
 * Lets a verification stop the applier at an exact state of the source. Implemented by the running
 * stream; any thread.
 */
public interface ApplyGate {
  /** How long commits that nobody sees yet may keep a comparison waiting. */
  Duration PATIENCE = Duration.ofSeconds(5);

  /** Why a comparison was given up after that. */
  String COMMITS_NOT_SEEN =
      "For "
          + PATIENCE.toSeconds()
          + " s the primary's log held commits that its snapshots did not see. Verify again when"
          + " fewer commits wait for a synchronous standby.";

  /**
   * Stops the applier between two source transactions; returns when it stands. One hold at a time,
   * others wait.
   *
   * @throws SyncException when the stream does not follow, or stands before commits that the source
   *     does not show for a long time
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
