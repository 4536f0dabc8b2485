package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.turnout.config.RouteName;

/**
 * What one side holds about the changes of primary of one route.
 *
 * @param present whether Turnout's tables are there at all
 * @param intents attempts to make the other side primary, by epoch
 * @param decisions attempts to make this side primary, by epoch
 */
record SideRecords(
    boolean present, List<Intent> intents, List<Decision> decisions, Optional<FenceRow> fence) {

  static final SideRecords BLANK = new SideRecords(false, List.of(), List.of(), Optional.empty());

  /** An attempt that was begun here; without outcome it is open. */
  record Intent(UUID attempt, long epoch, Optional<String> outcome) {
    boolean open() {
      return outcome.isEmpty();
    }
  }

  /** An attempt that was decided here. */
  record Decision(UUID attempt, long epoch, String outcome) {
    boolean switched() {
      return outcome.equals(DecisionRecords.SWITCHED);
    }
  }

  /**
   * Whether this side refuses writes, and since which epoch.
   *
   * @param expired whether nobody confirmed it in time, so that it has let writes pass since
   */
  record FenceRow(long epoch, String state, boolean expired) {}

  static SideRecords read(Connection connection, RouteName route) throws SQLException {
    if (!tablesPresent(connection)) {
      return BLANK;
    }
    List<Intent> intents = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attempt, epoch, outcome FROM turnout.intent WHERE route = ? ORDER BY epoch,"
                + " recorded_at")) {
      statement.setString(1, route.value());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          intents.add(
              new Intent(
                  row.getObject(1, UUID.class),
                  row.getLong(2),
                  Optional.ofNullable(row.getString(3))));
        }
      }
    }
    return new SideRecords(
        true, List.copyOf(intents), decisions(connection, route), fence(connection, route));
  }

  private static List<Decision> decisions(Connection connection, RouteName route)
      throws SQLException {
    List<Decision> decisions = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attempt, epoch, outcome FROM turnout.decision WHERE route = ? ORDER BY epoch,"
                + " decided_at")) {
      statement.setString(1, route.value());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          decisions.add(
              new Decision(row.getObject(1, UUID.class), row.getLong(2), row.getString(3)));
        }
      }
    }
    return List.copyOf(decisions);
  }

  private static Optional<FenceRow> fence(Connection connection, RouteName route)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT epoch, state, state = 'held' AND deadline <= clock_timestamp()"
                + " FROM turnout.fence WHERE route = ?")) {
      statement.setString(1, route.value());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new FenceRow(row.getLong(1), row.getString(2), row.getBoolean(3)))
            : Optional.empty();
      }
    }
  }

  /** The tables are made together, so one stands for all. */
  private static boolean tablesPresent(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT to_regclass('turnout.fence') IS NOT NULL");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** The newest epoch in which this side became primary by a decision; -1 when it never did. */
  long becamePrimary() {
    return decisions.stream()
        .filter(Decision::switched)
        .mapToLong(Decision::epoch)
        .max()
        .orElse(-1);
  }

  /** The newest epoch with which this side knows that it ceased to be primary; -1 if none. */
  long ceased() {
    return intents.stream()
        .filter(intent -> intent.outcome().equals(Optional.of(DecisionRecords.SWITCHED)))
        .mapToLong(Intent::epoch)
        .max()
        .orElse(-1);
  }

  /** The attempts of an epoch that nobody has closed. */
  List<Intent> open(long epoch) {
    return intents.stream().filter(intent -> intent.open() && intent.epoch() == epoch).toList();
  }

  @Nullable Decision switchedAt(long epoch) {
    return decisions.stream()
        .filter(decision -> decision.switched() && decision.epoch() == epoch)
        .findFirst()
        .orElse(null);
  }

  @Nullable Intent intent(UUID attempt) {
    return intents.stream()
        .filter(intent -> intent.attempt().equals(attempt))
        .findFirst()
        .orElse(null);
  }
}
