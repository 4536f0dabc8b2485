package org.turnout.sync.capture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * The list of tables whose changes the source hands out for one stream. Partitioned tables are
 * published as their root, so that the partitions of both sides may differ. Every step may be
 * repeated.
 */
public final class Publication {
  /** Whether a table without key can be published: its changes carry whole old rows. */
  private static final String FULL_IDENTITY =
      """
      SELECT c.relkind = 'r' AND c.relreplident = 'f'
             AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                              WHERE a.attrelid = c.oid AND a.attgenerated <> ''
                                AND NOT a.attisdropped)
        FROM pg_class c WHERE c.oid = to_regclass(?)
      """;

  private Publication() {}

  /**
   * Makes the publication, anew if there is one: it is only ever made before its slot.
   *
   * @param tables the tables, each with a usable replica identity
   * @throws SyncException also when a table has no key and no full replica identity: published, it
   *     would refuse every UPDATE and DELETE to the application
   */
  public static void create(PostgresSide source, StreamName name, List<Table> tables)
      throws SyncException {
    try (Connection connection = source.control();
        Statement statement = connection.createStatement()) {
      requireIdentity(connection, source, tables);
      statement.execute("DROP PUBLICATION IF EXISTS " + name);
      statement.execute(
          "CREATE PUBLICATION "
              + name
              + list(tables)
              + " WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root ="
              + " true)");
    } catch (SQLException e) {
      throw source.failure("creating the publication " + name, e);
    }
  }

  private static void requireIdentity(
      Connection connection, PostgresSide source, List<Table> tables)
      throws SQLException, SyncException {
    try (PreparedStatement statement = connection.prepareStatement(FULL_IDENTITY)) {
      for (Table table : tables) {
        statement.setString(1, table.sqlName());
        if (!table.hasKey() && !isTrue(statement)) {
          throw new SyncException(
              "Table "
                  + table.displayName()
                  + " on "
                  + source
                  + " has no key, so it cannot be followed. Give it a primary key, or, if it has no"
                  + " generated columns, REPLICA IDENTITY FULL.");
        }
      }
    }
  }

  private static boolean isTrue(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static String list(List<Table> tables) {
    return tables.isEmpty()
        ? ""
        : tables.stream()
            .map(table -> "ONLY " + table.sqlName())
            .collect(Collectors.joining(", ", " FOR TABLE ", ""));
  }

  /** Whether the source has the publication. */
  public static boolean exists(Connection source, StreamName name) throws SQLException {
    try (PreparedStatement statement =
        source.prepareStatement("SELECT true FROM pg_publication WHERE pubname = ?")) {
      statement.setString(1, name.toString());
      return isTrue(statement);
    }
  }

  /** Removes the publication; nothing happens when there is none. */
  public static void drop(PostgresSide source, StreamName name) throws SyncException {
    try (Connection connection = source.control();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP PUBLICATION IF EXISTS " + name);
    } catch (SQLException e) {
      throw source.failure("dropping the publication " + name, e);
    }
  }
}
