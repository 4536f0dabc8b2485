package org.turnout.sync.capture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Finds and removes slots and publications of a route's streams on one side: of epochs that are
 * over, of attempts that were called off. There is one stream at a time; a slot that nobody reads
 * keeps the log of its server until the disk is full, so none of the others may stay.
 */
public final class Leftovers {
  private static final String NAMES =
      """
      SELECT slot_name::text FROM pg_replication_slots
       WHERE database = current_database() AND slot_name ~ ('^' || ? || '[0-9]+$')
      UNION
      SELECT pubname::text FROM pg_publication WHERE pubname ~ ('^' || ? || '[0-9]+$')
      """;

  private Leftovers() {}

  /**
   * Drops all of them.
   *
   * @param kept the epoch whose stream reads from this side, if one does
   */
  public static void drop(PostgresSide side, Optional<Epoch> kept) throws SyncException {
    for (StreamName name : names(side)) {
      if (!kept.equals(Optional.of(name.epoch()))) {
        new ReplicationSlot(side, name).drop();
        Publication.drop(side, name);
      }
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
      throw side.failure("looking for slots and publications", e);
    }
  }
}
