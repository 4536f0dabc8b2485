package org.turnout.sync.apply;

import java.util.ArrayDeque;
import java.util.Deque;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.Xid;

/**
 * The transactions that were taken from the stream and that no snapshot is known to see. A commit
 * is streamed from the moment it is in the log, which is before snapshots of the source see it: by
 * a blink, or for as long as it waits for a synchronous standby. A target that has it is then ahead
 * of the snapshot. Confined to the applier's thread.
 */
final class TakenTransactions {
  /**
   * Only a connection's latest transaction can be unseen, so the unseen ones are among the last few
   * hundred of a source that is not stuck.
   */
  private static final int REMEMBERED = 50_000;

  private final Deque<Taken> transactions = new ArrayDeque<>();

  private record Taken(Xid number, Lsn commit) {}

  void add(Xid number, Lsn commit) {
    if (transactions.size() == REMEMBERED) {
      transactions.removeFirst();
    }
    transactions.addLast(new Taken(number, commit));
  }

  /** Whether the snapshot sees all of them; those that it sees every later one sees too. */
  boolean allSeenBy(SnapshotVisibility snapshot) {
    transactions.removeIf(taken -> snapshot.sees(taken.number(), taken.commit()));
    return transactions.isEmpty();
  }
}
