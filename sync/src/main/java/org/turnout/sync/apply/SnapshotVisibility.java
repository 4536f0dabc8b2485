package org.turnout.sync.apply;

import java.util.HashSet;
import java.util.Set;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.Xid;

/**
 * Answers whether a snapshot of the source saw a transaction of the stream. The order of the log
 * cannot say it: a commit is in the log before snapshots see it.
 *
 * @see <a href="https://www.postgresql.org/docs/current/functions-info.html">pg_snapshot</a>
 */
final class SnapshotVisibility {
  private final long oldest;
  private final long next;
  private final Set<Long> running = new HashSet<>();
  private final Lsn end;

  /**
   * Reads a snapshot.
   *
   * @throws IllegalArgumentException when its text is not {@code xmin:xmax:xip,…}
   */
  SnapshotVisibility(SourceSnapshot snapshot) {
    String[] parts = snapshot.snapshot().split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a snapshot: " + snapshot.snapshot());
    }
    oldest = Long.parseLong(parts[0]);
    next = Long.parseLong(parts[1]);
    for (String transaction : parts[2].isEmpty() ? new String[0] : parts[2].split(",")) {
      running.add(Long.parseLong(transaction));
    }
    end = new Lsn(snapshot.insertLsn());
  }

  /**
   * Whether the snapshot sees the transaction. One whose commit record lies behind the snapshot's
   * position is not seen, so the 32-bit number is always near enough to be told apart.
   *
   * @param commit where its commit record begins
   */
  boolean sees(Xid transaction, Lsn commit) {
    if (commit.compareTo(end) >= 0) {
      return false;
    }
    long number = transaction.extend(next);
    return number < oldest || (number < next && !running.contains(number));
  }

  /** Behind every commit that the snapshot sees. */
  Lsn end() {
    return end;
  }
}
