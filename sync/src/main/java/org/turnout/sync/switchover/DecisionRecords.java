package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.turnout.config.RouteName;

/**
 * The durable records of changes of primary, in schema {@code turnout} of both sides.
 *
 * <p>The old primary holds the <em>intent</em> of an attempt. The new primary holds its
 * <em>decision</em>, keyed by the attempt: whoever inserts first, the one who switches or the one
 * who calls it off, has decided it for all time. So {@code switched} and {@code aborted} can never
 * both be true of one attempt, whichever process died when.
 */
public final class DecisionRecords {
  /** The statements for the helper schema. */
  public static final List<String> STATEMENTS =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS turnout.intent (
            attempt uuid PRIMARY KEY,
            route text NOT NULL,
            epoch bigint NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            deadline timestamptz NOT NULL,
            outcome text CHECK (outcome IN ('switched', 'aborted')))
          """,
          """
          CREATE TABLE IF NOT EXISTS turnout.decision (
            attempt uuid PRIMARY KEY,
            route text NOT NULL,
            epoch bigint NOT NULL,
            outcome text NOT NULL CHECK (outcome IN ('switched', 'aborted')),
            decided_at timestamptz NOT NULL DEFAULT clock_timestamp())
          """,
          """
          CREATE UNIQUE INDEX IF NOT EXISTS decision_switched_once
            ON turnout.decision (route, epoch) WHERE outcome = 'switched'
          """,
          """
          CREATE TABLE IF NOT EXISTS turnout.fence (
            route text PRIMARY KEY,
            attempt uuid NOT NULL,
            epoch bigint NOT NULL,
            state text NOT NULL CHECK (state IN ('held', 'confirmed', 'lifted')),
            deadline timestamptz NOT NULL)
          """,
          FenceTriggers.FUNCTION);

  static final String SWITCHED = "switched";
  static final String ABORTED = "aborted";

  private DecisionRecords() {}

  /** The intent of an attempt, on the old primary; in autocommit. */
  static void intend(Connection oldPrimary, Attempt attempt, Duration deadline)
      throws SQLException {
    try (PreparedStatement statement =
        oldPrimary.prepareStatement(
            "INSERT INTO turnout.intent (attempt, route, epoch, deadline)"
                + " VALUES (?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')")) {
      statement.setObject(1, attempt.id());
      statement.setString(2, attempt.route().value());
      statement.setLong(3, attempt.epoch().number());
      statement.setLong(4, deadline.toMillis());
      statement.executeUpdate();
    }
  }

  /** Notes on the old primary what became of an intent; in autocommit or a transaction. */
  static void close(Connection oldPrimary, UUID attempt, String outcome) throws SQLException {
    try (PreparedStatement statement =
        oldPrimary.prepareStatement(
            "UPDATE turnout.intent SET outcome = ? WHERE attempt = ? AND outcome IS NULL")) {
      statement.setString(1, outcome);
      statement.setObject(2, attempt);
      statement.executeUpdate();
    }
  }

  /**
   * Puts a decision unless there is one, in the connection's transaction. Waits for another
   * transaction that is just putting one.
   *
   * @return the outcome that stands, ours or the one that was there first
   */
  static String put(
      Connection newPrimary, UUID attempt, RouteName route, long epoch, String outcome)
      throws SQLException {
    try (PreparedStatement insert =
            newPrimary.prepareStatement(
                "INSERT INTO turnout.decision (attempt, route, epoch, outcome)"
                    + " VALUES (?, ?, ?, ?) ON CONFLICT (attempt) DO NOTHING");
        PreparedStatement select =
            newPrimary.prepareStatement("SELECT outcome FROM turnout.decision WHERE attempt = ?")) {
      insert.setObject(1, attempt);
      insert.setString(2, route.value());
      insert.setLong(3, epoch);
      insert.setString(4, outcome);
      insert.executeUpdate();
      select.setObject(1, attempt);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
