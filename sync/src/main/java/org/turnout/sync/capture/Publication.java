package org.turnout.sync.capture;

import java.sql.Connection;
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
  private Publication() {}

  /**
   * Makes the publication, anew if there is one: it is only ever made before its slot.
   *
   * @param tables the tables, each with a usable replica identity
   * @throws SyncException also when a table has no key: published, it would refuse every UPDATE and
   *     DELETE to the application
   */
  public static void create(PostgresSide source, StreamName name, List<Table> tables)
      throws SyncException {
    for (Table table : tables) {
      if (table.key().isEmpty()) {
        throw new SyncException(
            "Table "
                + table.displayName()
                + " on "
                + source
                + " has no key, so it cannot be followed. Give it a primary key.");
      }
    }
    try (Connection connection = source.control();
        Statement statement = connection.createStatement()) {
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

  private static String list(List<Table> tables) {
    return tables.isEmpty()
        ? ""
        : tables.stream()
            .map(table -> "ONLY " + table.sqlName())
            .collect(Collectors.joining(", ", " FOR TABLE ", ""));
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
