package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/** One side: a connection with what it holds, or why there is none. */
record Seen(
    PostgresSide side,
    @Nullable Connection connection,
    SideRecords records,
    Optional<SyncException> failure)
    implements AutoCloseable {

  Optional<SideRecords> readable() {
    return connection == null ? Optional.empty() : Optional.of(records);
  }

  /** The connection where Turnout's tables are; null where the side is away or blank. */
  @Nullable Connection usable() {
    return records.present() ? connection : null;
  }

  @Override
  public void close() {
    if (connection != null) {
      SwitchConnection.quietly(connection);
    }
  }

  /** Connects and reads; what keeps it from that is in the answer. */
  static Seen look(PostgresSide side) {
    Connection connection = null;
    try {
      connection = SwitchConnection.open(side);
      SideRecords records = SideRecords.read(connection, side.route());
      if (records.present()) {
        SwitchConnection.endStale(connection, side);
        records = SideRecords.read(connection, side.route());
      }
      return new Seen(side, connection, records, Optional.empty());
    } catch (SyncException away) {
      return new Seen(side, null, SideRecords.BLANK, Optional.of(away));
    } catch (SQLException e) {
      if (connection != null) {
        SwitchConnection.quietly(connection);
      }
      SyncException failure = side.failure("reading the decision records", e);
      return new Seen(side, null, SideRecords.BLANK, Optional.of(failure));
    }
  }
}
