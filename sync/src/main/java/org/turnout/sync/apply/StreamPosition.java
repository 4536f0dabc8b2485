package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Types;
import java.util.Optional;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.PostgresSide;

/**
 * How far one stream is applied, durable on its target in {@code turnout.stream}, in the
 * transaction that applies it. The row comes into being when the stream begins to count: for the
 * first epoch with its slot, for later ones when they are armed.
 */
public final class StreamPosition {
  private final StreamName name;

  public StreamPosition(StreamName name) {
    this.name = name;
  }

  /** The position; empty when the stream has never begun. */
  public Optional<Lsn> read(Connection target) throws SQLException {
    try (PreparedStatement statement =
        target.prepareStatement(
            "SELECT position::text FROM turnout.stream WHERE route = ? AND epoch = ?")) {
      bindName(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(Lsn.parse(row.getString(1))) : Optional.empty();
      }
    }
  }

  /** The stream counts from here; in the connection's transaction or autocommit. */
  public void begin(Connection target, Lsn position) throws SQLException {
    try (PreparedStatement statement =
        target.prepareStatement(
            "INSERT INTO turnout.stream (route, epoch, slot, position) VALUES (?, ?, ?, ?::pg_lsn)"
                + " ON CONFLICT (route, epoch) DO UPDATE SET slot = EXCLUDED.slot, position ="
                + " EXCLUDED.position")) {
      bindName(statement, 1);
      statement.setString(3, name.toString());
      statement.setString(4, position.toString());
      statement.executeUpdate();
    }
  }

  /** The stream is over; in the connection's transaction or autocommit. */
  public void end(Connection target) throws SQLException {
    try (PreparedStatement statement =
        target.prepareStatement("DELETE FROM turnout.stream WHERE route = ? AND epoch = ?")) {
      bindName(statement, 1);
      statement.executeUpdate();
    }
  }

  /**
   * Removes the positions that a side keeps of streams that do not write to it any more.
   *
   * @param kept the epoch whose stream writes to this side, if one does
   */
  public static void removeOthers(PostgresSide side, Optional<Epoch> kept) throws SyncException {
    try (Connection connection = side.control();
        PreparedStatement statement =
            connection.prepareStatement(
                "DELETE FROM turnout.stream WHERE route = ? AND epoch IS DISTINCT FROM ?")) {
      statement.setString(1, side.route().value());
      statement.setObject(2, kept.map(Epoch::number).orElse(null), Types.BIGINT);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw side.failure("removing positions of old streams", e);
    }
  }

  /**
   * Moves the position in the connection's transaction.
   *
   * @throws SyncException when it is not where this applier left it: an earlier connection whose
   *     end the server had not seen yet has committed after all, or another Turnout is at work. To
   *     be tried again from the position that is there
   */
  void move(Connection target, Lsn from, Lsn to) throws SQLException, SyncException {
    try (PreparedStatement statement =
        target.prepareStatement(
            "UPDATE turnout.stream SET position = ?::pg_lsn"
                + " WHERE route = ? AND epoch = ? AND position = ?::pg_lsn")) {
      statement.setString(1, to.toString());
      bindName(statement, 2);
      statement.setString(4, from.toString());
      if (statement.executeUpdate() != 1) {
        throw new SyncException(
            "The position of stream "
                + name
                + " on the target is not "
                + from
                + " any more: another connection applies the same stream, or it was removed",
            new SQLTransientException("position moved"));
      }
    }
  }

  private void bindName(PreparedStatement statement, int first) throws SQLException {
    statement.setString(first, name.route().value());
    statement.setLong(first + 1, name.epoch().number());
  }
}
