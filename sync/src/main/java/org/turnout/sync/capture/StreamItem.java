package org.turnout.sync.capture;

import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;

/**
 * One piece of the stream in the order of the source's commits. Pieces of one transaction are never
 * mixed with those of another: the source hands out a transaction only when it has committed,
 * whole, having kept it on its own disk if it was large. So nothing here has to be kept until its
 * commit is known.
 */
public sealed interface StreamItem {
  /** Memory that the piece takes, roughly, bytes. */
  long size();

  /** A message of the stream as it came. */
  record Message(PgOutputMessage content, long size) implements StreamItem {}

  /**
   * Between transactions: everything committed before this position has been handed out.
   *
   * @param asked whether the source wants to hear now that this is durable, as it does before it
   *     shuts down: it waits for that
   */
  record Position(Lsn reached, boolean asked) implements StreamItem {
    public Position(Lsn reached) {
      this(reached, false);
    }

    @Override
    public long size() {
      return 0;
    }
  }
}
