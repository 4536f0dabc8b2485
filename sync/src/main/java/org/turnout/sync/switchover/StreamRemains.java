package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.Publication;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.PostgresSide;

/**
 * Slots, publications and positions of streams that do not count any more: of attempts that were
 * called off, and of epochs that are over. A slot that nobody reads keeps the log of its server
 * until the disk is full, so none may stay.
 */
final class StreamRemains {
  private static final String NAMES =
      """
      SELECT slot_name::text FROM pg_replication_slots
       WHERE database = current_database() AND slot_name ~ ('^' || ? || '[0-9]+$')
      UNION
      SELECT pubname::text FROM pg_publication WHERE pubname ~ ('^' || ? || '[0-9]+$')
      """;

  private StreamRemains() {}

  /** Removes from a side all streams but the one that this standing's epoch needs there. */
  static void sweep(PostgresSide side, Standing standing) throws SyncException {
    boolean primary = side.side() == standing.primary();
    for (StreamName name : names(side)) {
      if (!primary || !name.epoch().equals(standing.epoch())) {
        new ReplicationSlot(side, name).drop();
        Publication.drop(side, name);
      }
    }
    try (Connection connection = side.control();
        PreparedStatement statement =
            connection.prepareStatement(
                "DELETE FROM turnout.stream WHERE route = ? AND (epoch <> ? OR ?)")) {
      statement.setString(1, side.route().value());
      statement.setLong(2, standing.epoch().number());
      statement.setBoolean(3, primary);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw side.failure("removing positions of old streams", e);
    }
  }

  private static List<StreamName> names(PostgresSide side) throws SyncException {
    String prefix = StreamName.prefix(side.route());
    List<StreamName> names = new ArrayList<>();
    try (Connection connection = side.control();
        PreparedStatement statement = connection.prepareStatement(NAMES)) {
      statement.setString(1, prefix);
      statement.setString(2, prefix);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          long epoch = Long.parseLong(row.getString(1).substring(prefix.length()));
          names.add(new StreamName(side.route(), new Epoch(epoch)));
        }
      }
      return names;
    } catch (SQLException e) {
      throw side.failure("looking for old streams", e);
    }
  }
}
