package org.turnout.proxy.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/** What a side's catalogue says, by a connection of its own. */
record DatabaseCatalogue(PostgresDatabase database) implements SideCatalogue {
  @Override
  public void requireAccess() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<String> passwordVerifier(String role) throws SyncException {
    try (Connection connection = database.connect();
        PreparedStatement statement =
            connection.prepareStatement("SELECT rolpassword FROM pg_authid WHERE rolname = ?")) {
      statement.setString(1, role);
      ResultSet rows = statement.executeQuery();
      return rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
    } catch (SQLException e) {
      throw new SyncException("catalogue", e);
    }
  }

  @Override
  public ReadCatalogue readCatalogue() throws SyncException {
    try (Connection connection = database.connect()) {
      return new ReadCatalogue(
          names(
              connection,
              "SELECT proname FROM pg_proc GROUP BY 1 HAVING bool_and(provolatile <> 'v')"),
          names(
              connection,
              "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
          names(
              connection,
              "SELECT proname FROM pg_proc GROUP BY 1 HAVING bool_or(provolatile = 'v')"),
          Set.of());
    } catch (SQLException e) {
      throw new SyncException("catalogue", e);
    }
  }

  @Override
  public Map<String, Long> identifiers() throws SyncException {
    Map<String, Long> numbers = new HashMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT 'column ' || attrelid::regclass || ' ' || attname,
                       attrelid::bigint * 65536 + attnum
                  FROM pg_attribute WHERE attnum > 0 AND attrelid >= 16384
                UNION ALL
                SELECT 'type ' || typname, oid::bigint
                  FROM pg_type WHERE oid >= 16384 AND typtype = 'e'
                """)) {
      while (rows.next()) {
        numbers.put(rows.getString(1), rows.getLong(2));
      }
    } catch (SQLException e) {
      throw new SyncException("catalogue", e);
    }
    return numbers;
  }

  private static Set<String> names(Connection connection, String sql) throws SQLException {
    Set<String> names = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }
}
