package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Takes an attempt that was not decided back: ends what of it may still be at work on the old
 * primary, lifts its fence and closes its intent. Sessions are held meanwhile, so an old primary
 * that does not answer is left alone after {@link SwitchConnection#PATIENCE}; whoever settles next
 * does the rest. Touches nothing of another attempt, however late it is.
 *
 * @param process the server's process on the old primary that makes the fence stick; 0 when nothing
 *     can stick
 * @param sent whether the decision may be on its way, so that the new primary must refuse it
 */
record CallOff(
    PostgresSide oldPrimary, PostgresSide newPrimary, Attempt attempt, int process, boolean sent) {
  /** How often it is asked, each 10 ms, whether a process has ended. */
  private static final int QUESTIONS = 300;

  private static final Logger log = LoggerFactory.getLogger(CallOff.class);

  /** With a fresh connection: the ones of the attempt may be in any state. */
  void run() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("turnout-" + attempt.route() + "-call-off")
        .start(
            () -> {
              try {
                callOff();
                done.complete(null);
              } catch (SQLException | SyncException | RuntimeException e) {
                done.completeExceptionally(e);
              }
            });
    done.orTimeout(SwitchConnection.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            failure -> {
              log.warn(
                  "the attempt could not be called off on the old primary; settled later", failure);
              return null;
            })
        .join();
  }

  private void callOff() throws SQLException, SyncException {
    if (sent && !refusedForGood()) {
      return;
    }
    try (Connection connection = SwitchConnection.open(oldPrimary)) {
      if (process != 0) {
        end(connection);
        Fence.lift(connection, attempt);
      }
      DecisionRecords.close(connection, attempt.id(), DecisionRecords.ABORTED);
    }
  }

  /** A fence that sticks only after it was lifted would refuse writers for a minute. */
  private void end(Connection connection) throws SQLException {
    String sql =
        """
        SELECT pg_terminate_backend(pid), pg_sleep(0.01) FROM pg_stat_activity
         WHERE pid = ? AND usename = current_user AND application_name = ?
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, process);
      statement.setString(2, SwitchConnection.name(oldPrimary));
      for (int i = 0; statement.executeQuery().next(); i++) {
        if (i == QUESTIONS) {
          throw new SQLException("the process " + process + " of the attempt does not end");
        }
      }
    }
  }

  /** Puts the attempt's end where its decision would lie; false when it was decided after all. */
  private boolean refusedForGood() throws SyncException {
    try (Connection connection = SwitchConnection.open(newPrimary)) {
      String outcome =
          DecisionRecords.put(
              connection,
              attempt.id(),
              attempt.route(),
              attempt.epoch().number(),
              DecisionRecords.ABORTED);
      return outcome.equals(DecisionRecords.ABORTED);
    } catch (SQLException e) {
      throw newPrimary.failure("calling off the attempt", e);
    }
  }
}
