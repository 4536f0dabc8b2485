package org.turnout.sync.verify;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Gives way: ends a comparison when someone on the primary waits for a lock that it holds, such as
 * a TRUNCATE or an ALTER TABLE, behind which every user of the table would queue. Looks twice a
 * second, on a thread of its own, from {@link #start} to {@link #close}.
 */
final class LockWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LockWatch.class);
  private static final long LOOK_MILLIS = 500;

  private static final String WAITING =
      """
      SELECT count(*)
        FROM pg_locks w
        JOIN pg_locks h ON h.locktype = 'relation' AND h.granted
                       AND h.database = w.database AND h.relation = w.relation
       WHERE w.locktype = 'relation' AND NOT w.granted
         AND h.pid = ANY (?::int[]) AND w.pid <> ALL (?::int[])
      """;

  private final PostgresSide side;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean gaveWay;

  LockWatch(PostgresSide side) {
    this.side = side;
  }

  /**
   * Begins to look.
   *
   * @param processes the server processes of the comparison's connections
   * @param giveWay ends the comparison, from another thread
   */
  LockWatch start(List<Integer> processes, Runnable giveWay) {
    Thread.ofVirtual()
        .name("turnout-" + side.route() + "-lock-watch")
        .start(() -> watch(processes, giveWay));
    return this;
  }

  /** Whether the comparison was ended because someone waited for it. */
  boolean gaveWay() {
    return gaveWay;
  }

  private void watch(List<Integer> processes, Runnable giveWay) {
    try {
      while (!stopped.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        if (someoneWaits(processes)) {
          gaveWay = true;
          log.info("A comparison gives way to someone who waits for its tables on {}", side);
          giveWay.run();
          return;
        }
      }
    } catch (SyncException | InterruptedException e) {
      log.warn("Nobody looks after locks during a comparison: {}", e.getMessage());
    }
  }

  private boolean someoneWaits(List<Integer> processes) throws SyncException {
    try (Connection connection = side.control();
        PreparedStatement statement = connection.prepareStatement(WAITING)) {
      statement.setArray(1, connection.createArrayOf("int4", processes.toArray()));
      statement.setArray(2, connection.createArrayOf("int4", processes.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1) > 0;
      }
    } catch (SQLException e) {
      throw side.failure("looking for those who wait for a comparison", e);
    }
  }

  @Override
  public void close() {
    stopped.countDown();
  }
}
