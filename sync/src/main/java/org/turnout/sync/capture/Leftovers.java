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
 * Finds and removes slots and publications of a route's streams on one side. There is one stream at
 * a time; those of other epochs make the server keep its log for nobody.
 */
public final class Leftovers {
  private Leftovers() {}

  /**
   * Drops all of them.
   *
   * @param kept the epoch whose stream reads from this side, if one does
   */
  public static void drop(PostgresSide side, Optional<Epoch> kept) throws SyncException {
    String slots =
        "SELECT slot_name FROM pg_replication_slots"
            + " WHERE slot_name ~ ? AND database = current_database()";
    for (StreamName name : find(side, slots)) {
      if (!kept.equals(Optional.of(name.epoch()))) {
        new ReplicationSlot(side, name).drop();
      }
    }
    for (StreamName name : find(side, "SELECT pubname FROM pg_publication WHERE pubname ~ ?")) {
      if (!kept.equals(Optional.of(name.epoch()))) {
        Publication.drop(side, name);
      }
    }
  }

  private static List<StreamName> find(PostgresSide side, String sql) throws SyncException {
    String prefix = StreamName.prefix(side.route());
    List<StreamName> found = new ArrayList<>();
    try (Connection connection = side.control();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, "^" + prefix + "[0-9]+$");
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          long epoch = Long.parseLong(row.getString(1).substring(prefix.length()));
          found.add(new StreamName(side.route(), new Epoch(epoch)));
        }
      }
    } catch (SQLException e) {
      throw side.failure("looking for slots and publications", e);
    }
    return found;
  }
}
