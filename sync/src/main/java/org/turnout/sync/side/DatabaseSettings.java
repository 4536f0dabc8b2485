package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Settings that every session of a database begins with ({@code ALTER DATABASE … SET}): they are no
 * part of a schema dump, and applications rely on them without knowing.
 */
public final class DatabaseSettings {
  private static final String SETTINGS =
      """
      SELECT unnest(s.setconfig)
        FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
       WHERE s.setrole = 0 AND d.datname = current_database()
      """;

  private DatabaseSettings() {}

  /** Sets on the target what only the source has, in the target connection's transaction. */
  public static void copyMissing(Connection from, Connection to) throws SQLException {
    List<String> present = Rows.of(to, SETTINGS).stream().map(row -> name(row.getFirst())).toList();
    String database = Table.quote(Rows.one(to, "SELECT current_database()"));
    try (Statement statement = to.createStatement()) {
      statement.setEscapeProcessing(false);
      for (List<String> row : Rows.of(from, SETTINGS)) {
        if (!present.contains(name(row.getFirst()))) {
          statement.execute(
              "ALTER DATABASE " + database + SettingClause.of(statement, row.getFirst()));
        }
      }
    }
  }

  private static String name(String setting) {
    return setting.substring(0, setting.indexOf('='));
  }
}
