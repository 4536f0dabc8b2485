package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * What makes the old primary refuse writes from anyone. Three states, each with its own end:
 *
 * <pre>
 *   locked     one open transaction: gone with its connection, at the latest by its idle timeout
 *   held       committed triggers: expire by the server's clock after {@link #HOLD}
 *   confirmed  the decision was made: stays until the side becomes primary again
 * </pre>
 *
 * <p>Getting the locks is the proof that no writer is at work, also none that bypasses Turnout.
 * Used by the thread of the switchover; {@link #release} may come from another one.
 */
final class Fence {
  private static final Logger log = LoggerFactory.getLogger(Fence.class);

  /**
   * How long a fence that nobody confirms stands: far longer than a decision and the first question
   * after it may take, each of which is bounded by {@link SwitchConnection#PATIENCE}.
   */
  static final Duration HOLD = Duration.ofSeconds(60);

  /** What the transaction may lie idle beyond the time that was given for the locks. */
  private static final Duration IDLE_MARGIN = Duration.ofSeconds(2);

  /** How much later than the server's own limit its answer may be. */
  private static final Duration ANSWER = Duration.ofMillis(250);

  /**
   * What giving the locks back may take before the connection is cut, which gives them back too.
   */
  private static final Duration GIVING_BACK = Duration.ofMillis(500);

  private final PostgresSide side;
  private final Attempt attempt;
  private final List<Table> tables;
  private final Connection connection;
  private final boolean superuser;
  private volatile @Nullable Statement running;

  private Fence(
      PostgresSide side,
      Attempt attempt,
      List<Table> tables,
      Connection connection,
      boolean superuser) {
    this.side = side;
    this.attempt = attempt;
    this.tables = tables;
    this.connection = connection;
    this.superuser = superuser;
  }

  /**
   * Opens the connection and looks whether the role may do all that is needed; locks nothing.
   *
   * @throws SyncException with each missing right as a finding
   */
  static Fence prepare(PostgresSide side, Attempt attempt, List<Table> tables)
      throws SyncException {
    Connection connection = SwitchConnection.open(side);
    try {
      List<Finding> missing = FenceTriggers.missingRights(connection, side.config().user(), tables);
      if (!missing.isEmpty()) {
        throw new SyncException("The role of Turnout may not fence " + side.side().word(), missing);
      }
      return new Fence(side, attempt, tables, connection, superuser(connection));
    } catch (SQLException e) {
      SwitchConnection.quietly(connection);
      throw side.failure("preparing the fence", e);
    } catch (SyncException e) {
      SwitchConnection.quietly(connection);
      throw e;
    }
  }

  private static boolean superuser(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")) {
      return row.next() && row.getBoolean(1);
    }
  }

  /**
   * Takes the locks and, in the same transaction, makes the triggers.
   *
   * @throws SyncException naming who holds which table when the time is over
   */
  void lock(Duration timeout) throws SyncException {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      connection.setAutoCommit(false);
      // The server gives up first and says why.
      SwitchConnection.patience(connection, timeout.plus(ANSWER));
      settings(timeout);
      if (!tables.isEmpty()) {
        execute(
            tables.stream()
                .map(Table::sqlName)
                .collect(Collectors.joining(", ", "LOCK TABLE ", " IN EXCLUSIVE MODE")));
        SwitchConnection.patience(connection, Duration.ofNanos(end - System.nanoTime()));
        FenceTriggers.create(connection, attempt.route(), tables);
      }
    } catch (SQLException e) {
      throw notLocked(timeout, e);
    }
  }

  private void settings(Duration timeout) throws SQLException {
    long idle = timeout.plus(IDLE_MARGIN).toMillis();
    String settings =
        "SET LOCAL lock_timeout = "
            + Math.max(1, timeout.toMillis())
            + "; SET LOCAL statement_timeout = "
            + Math.max(1, timeout.toMillis())
            + "; SET LOCAL idle_in_transaction_session_timeout = "
            + idle;
    // An autovacuum gives way when the lock's waiter looks for deadlocks: let it look at once.
    execute(superuser ? settings + "; SET LOCAL deadlock_timeout = '10ms'" : settings);
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      running = statement;
      statement.execute(sql);
    } finally {
      running = null;
    }
  }

  private SyncException notLocked(Duration timeout, SQLException cause) {
    List<Finding> holders = List.of();
    try {
      connection.rollback();
      connection.setAutoCommit(true);
      holders = LockHolders.of(connection, tables);
    } catch (SQLException gone) {
      log.debug("asking for lock holders", gone);
    }
    String state = String.valueOf(cause.getSQLState());
    if (state.equals("55P03") || state.equals("57014")) {
      return new SyncException(
          "Writers on "
              + side.side().word()
              + " did not let go of their tables within "
              + timeout.toMillis()
              + " ms",
          holders);
    }
    return side.failure("fencing " + side.side().word(), cause);
  }

  /**
   * Commits: from now on every writer is refused, until the fence expires or is lifted.
   *
   * @param timeout for each of two calls
   */
  void stick(Duration timeout) throws SyncException {
    try {
      SwitchConnection.patience(connection, timeout);
    } catch (SQLException e) {
      throw side.failure("making the fence stick", e);
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO turnout.fence AS f (route, attempt, epoch, state, deadline)"
                + " VALUES (?, ?, ?, 'held', clock_timestamp() + ? * interval '1 millisecond')"
                + " ON CONFLICT (route) DO UPDATE SET attempt = excluded.attempt,"
                + " epoch = excluded.epoch, state = 'held', deadline = excluded.deadline")) {
      statement.setString(1, attempt.route().value());
      statement.setObject(2, attempt.id());
      statement.setLong(3, attempt.epoch().number());
      statement.setLong(4, HOLD.toMillis());
      statement.executeUpdate();
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw side.failure("making the fence stick", e);
    }
  }

  /** Gives the locks back, with the triggers if they do not stick yet; ends the connection. */
  void release() {
    Statement blocked = running;
    try {
      if (blocked != null) {
        blocked.cancel();
      }
      if (!connection.isClosed() && !connection.getAutoCommit()) {
        SwitchConnection.patience(connection, GIVING_BACK);
        connection.rollback();
      }
    } catch (SQLException e) {
      log.debug("releasing the fence", e);
    }
    SwitchConnection.quietly(connection);
  }

  /** The server's process of the attempt, which may be about to make the fence stick. */
  int process() throws SQLException {
    return connection.unwrap(PGConnection.class).getBackendPID();
  }

  /** The decision was made: the fence of the old primary stays; in autocommit or a transaction. */
  static void confirm(Connection oldPrimary, Attempt attempt) throws SQLException {
    update(
        oldPrimary,
        "UPDATE turnout.fence SET state = 'confirmed' WHERE route = ? AND epoch = "
            + attempt.epoch().number(),
        attempt.route().value());
  }

  /** The attempt was called off: its fence no longer counts, if it is still the attempt's. */
  static void lift(Connection oldPrimary, Attempt attempt) throws SQLException {
    update(
        oldPrimary,
        "UPDATE turnout.fence SET state = 'lifted' WHERE route = ? AND attempt = '"
            + attempt.id()
            + "'",
        attempt.route().value());
  }

  /** The side is primary: whatever fence it has no longer counts. */
  static void lift(Connection primary, String route) throws SQLException {
    update(
        primary,
        "UPDATE turnout.fence SET state = 'lifted' WHERE route = ? AND state <> 'lifted'",
        route);
  }

  /** While it is in doubt whether the decision was made, nobody may write to the old primary. */
  static void extend(Connection oldPrimary, String route) throws SQLException {
    update(
        oldPrimary,
        "UPDATE turnout.fence SET deadline = clock_timestamp() + interval '"
            + HOLD.toMillis()
            + " milliseconds' WHERE route = ? AND state = 'held'",
        route);
  }

  private static void update(Connection connection, String sql, String route) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, route);
      statement.executeUpdate();
    }
  }
}
