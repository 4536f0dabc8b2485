package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.turnout.config.RouteName;

/**
 * At which snapshot of the source each table was copied, as the target's durable record says. A
 * change that the stream brings to a table is already contained in its rows when its transaction is
 * visible in the table's snapshot ({@code pg_visible_in_snapshot}); it is skipped then. Concerns
 * the stream that began with the copy, never a later epoch, whose transaction ids are another
 * server's.
 *
 * @param byTable by {@link org.turnout.sync.side.Table#sqlName()}
 */
public record TableSnapshots(Map<String, TableSnapshot> byTable) {
  /** What the helper schema of the target must hold. */
  public static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS turnout.table_copy (
        route text NOT NULL,
        table_name text NOT NULL,
        snapshot text NOT NULL,
        position pg_lsn NOT NULL,
        done boolean NOT NULL DEFAULT false,
        rows bigint NOT NULL DEFAULT 0,
        bytes bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (route, table_name))
      """;

  public TableSnapshots {
    byTable = Map.copyOf(byTable);
  }

  /**
   * One table.
   *
   * @param snapshot text of {@code pg_current_snapshot()}, 64-bit transaction ids
   * @param position log position of the source, read after the snapshot was taken: every commit
   *     that the snapshot sees lies before it
   * @param done whether all rows are there
   */
  public record TableSnapshot(
      String snapshot, String position, boolean done, long rows, long bytes) {}

  /** Reads the record; empty where no copy ever began. */
  public static TableSnapshots load(Connection target, RouteName route) throws SQLException {
    Map<String, TableSnapshot> tables = new LinkedHashMap<>();
    try (PreparedStatement select =
        target.prepareStatement(
            "SELECT table_name, snapshot, position::text, done, rows, bytes"
                + " FROM turnout.table_copy WHERE route = ?")) {
      select.setString(1, route.value());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          tables.put(
              row.getString(1),
              new TableSnapshot(
                  row.getString(2),
                  row.getString(3),
                  row.getBoolean(4),
                  row.getLong(5),
                  row.getLong(6)));
        }
      }
    }
    return new TableSnapshots(tables);
  }
}
