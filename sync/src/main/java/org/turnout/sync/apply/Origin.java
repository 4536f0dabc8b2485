package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteName;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.PostgresSide;

/**
 * Marks what the applier writes with its origin, so that the stream of the other direction can tell
 * it from what applications write. Only some roles may; without it the position from which the
 * other direction counts is the guard.
 */
public final class Origin {
  private static final Logger log = LoggerFactory.getLogger(Origin.class);

  /** insufficient_privilege. */
  private static final String FORBIDDEN = "42501";

  /** object_in_use. */
  private static final String IN_USE = "55006";

  private static final int ATTEMPTS = 100;

  private Origin() {}

  /** Marks all that the connection writes from now on; in autocommit. */
  static void use(Connection target, StreamName name) throws SQLException {
    try (Statement statement = target.createStatement()) {
      statement.execute(
          "SELECT pg_replication_origin_create('"
              + name
              + "') WHERE pg_replication_origin_oid('"
              + name
              + "') IS NULL");
      statement.execute("SELECT pg_replication_origin_session_setup('" + name + "')");
    } catch (SQLException e) {
      if (!FORBIDDEN.equals(e.getSQLState())) {
        throw e;
      }
      log.info("The role may not use replication origins; streams are told apart by position");
    }
  }

  /** Removes the origins of all streams of a route, where the role may. */
  public static void removeAll(PostgresSide side) throws SyncException {
    try (Connection connection = side.control();
        Statement statement = connection.createStatement()) {
      for (int attempt = 1; !removed(statement, side.route()); attempt++) {
        if (attempt == ATTEMPTS) {
          throw new SyncException("A replication origin on " + side + " is still in use");
        }
        // The applier's connection was cut; its server process needs a moment to notice.
        statement.execute("SELECT pg_sleep(0.05)");
      }
    } catch (SQLException e) {
      if (!FORBIDDEN.equals(e.getSQLState())) {
        throw side.failure("dropping replication origins", e);
      }
    }
  }

  /**
   * Removes the origins of streams that ended before the last change of primary, where the role
   * may: the server keeps the state of each in one of its {@code max_replication_slots} places.
   * That of the stream before the one of now stays, what it has written may still be to be decoded.
   *
   * @param epoch of now
   */
  public static void removeEnded(PostgresSide side, Epoch epoch) throws SyncException {
    try (Connection connection = side.control();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin"
                    + " WHERE roname ~ ? AND substring(roname FROM '[0-9]+$')::bigint < ?")) {
      statement.setString(1, StreamName.pattern(side.route()));
      statement.setLong(2, epoch.number() - 1);
      statement.execute();
    } catch (SQLException e) {
      if (!FORBIDDEN.equals(e.getSQLState())) {
        throw side.failure("dropping replication origins of ended streams", e);
      }
    }
  }

  private static boolean removed(Statement statement, RouteName route) throws SQLException {
    try {
      statement.execute(
          "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname ~ '"
              + StreamName.pattern(route)
              + "'");
      return true;
    } catch (SQLException e) {
      if (IN_USE.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }
}
