package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.config.RouteName;
import org.turnout.sync.SyncException;

/**
 * Makes the tables of a stream's source ready to be published: a published table without a replica
 * identity refuses UPDATE and DELETE to the application, so this comes before the publication.
 * Tables with a primary key are ready; others get {@code REPLICA IDENTITY USING INDEX}, those
 * without any key {@code REPLICA IDENTITY FULL}, and what they had is remembered in Turnout's
 * schema until {@link #restore}.
 */
public final class ReplicaIdentity {
  /** What {@link HelperSchema} must hold. */
  public static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS turnout.replica_identity (
            route text NOT NULL,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            former "char" NOT NULL,
            PRIMARY KEY (route, table_schema, table_name))
          """);

  /**
   * Tables that lack an identity, with the index to have, null where there is no key: ordinary ones
   * only. The partitions of a partitioned table each have their own, and one attached later would
   * have none, so {@link Inspection} refuses partitioned tables without primary key.
   */
  private static final String LACKING =
      """
      SELECT n.nspname, c.relname, c.relreplident, ic.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (%s) k ON true
        LEFT JOIN pg_class ic ON ic.oid = k.indexrelid
       WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relpersistence = 'p'
         AND %s AND %s
         AND CASE WHEN k.indexrelid IS NULL THEN c.relreplident <> 'f'
                  ELSE c.relreplident = 'd' AND NOT k.indisprimary
                       OR c.relreplident = 'n'
                       OR c.relreplident = 'i' AND NOT k.indisreplident END
      """
          .formatted(Tables.KEY_INDEX, Tables.USER_SCHEMA, Tables.NOT_OF_EXTENSION);

  private ReplicaIdentity() {}

  /**
   * Gives every table with a key an identity. Each ALTER TABLE waits at most a second for its lock,
   * so that no queue of the application's statements builds up behind it; it is tried again.
   */
  public static void ensure(PostgresSide side) throws SyncException {
    ensure(side, false);
  }

  /**
   * As {@link #ensure(PostgresSide)}, and tables without any key get {@code REPLICA IDENTITY FULL}:
   * for the way back, where their owner chose that on the other side.
   */
  public static void ensureAlsoWithoutKey(PostgresSide side) throws SyncException {
    ensure(side, true);
  }

  private static void ensure(PostgresSide side, boolean withoutKey) throws SyncException {
    try (Connection connection = side.control();
        Statement statement = connection.createStatement()) {
      for (Lacking table : lacking(connection)) {
        if (table.index == null && !withoutKey) {
          continue;
        }
        String name = Table.quote(table.schema) + "." + Table.quote(table.name);
        inShortTransaction(
            connection,
            "INSERT INTO turnout.replica_identity VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
                .formatted(
                    literal(statement, side.route().value()),
                    literal(statement, table.schema),
                    literal(statement, table.name),
                    literal(statement, table.former)),
            "ALTER TABLE "
                + name
                + " REPLICA IDENTITY "
                + (table.index == null ? "FULL" : "USING INDEX " + Table.quote(table.index)));
      }
    } catch (SQLException e) {
      throw side.failure("setting the replica identity of tables without primary key", e);
    }
  }

  /** Gives the tables back what they had. Does nothing where Turnout's schema is not. */
  public static void restore(PostgresSide side) throws SyncException {
    try (Connection connection = side.control();
        Statement statement = connection.createStatement()) {
      if (!remembers(statement)) {
        return;
      }
      String route = literal(statement, side.route().value());
      for (Lacking table : remembered(statement, route)) {
        String name = Table.quote(table.schema) + "." + Table.quote(table.name);
        inShortTransaction(
            connection,
            "DELETE FROM turnout.replica_identity WHERE route = %s AND table_schema = %s AND table_name = %s"
                .formatted(route, literal(statement, table.schema), literal(statement, table.name)),
            "ALTER TABLE IF EXISTS "
                + name
                + " REPLICA IDENTITY "
                + (table.former.equals("n") ? "NOTHING" : "DEFAULT"));
      }
    } catch (SQLException e) {
      throw side.failure("restoring the replica identity of tables", e);
    }
  }

  /**
   * The statements by which a dump of the side repeats what {@link #ensure} did; they are no part
   * of the user's schema.
   */
  public static Set<String> statements(Connection connection, RouteName route) throws SQLException {
    Set<String> statements = new HashSet<>();
    try (Statement statement = connection.createStatement()) {
      if (!remembers(statement)) {
        return statements;
      }
      String sql =
          """
          SELECT format('ALTER TABLE ONLY %%I.%%I REPLICA IDENTITY USING INDEX %%I',
                        r.table_schema, r.table_name, ic.relname)
            FROM turnout.replica_identity r
            JOIN pg_index i
              ON i.indrelid = to_regclass(format('%%I.%%I', r.table_schema, r.table_name))
             AND i.indisreplident
            JOIN pg_class ic ON ic.oid = i.indexrelid
           WHERE r.route = %s
          """
              .formatted(literal(statement, route.value()));
      try (ResultSet row = statement.executeQuery(sql)) {
        while (row.next()) {
          statements.add(row.getString(1));
        }
      }
    }
    return statements;
  }

  private static void inShortTransaction(Connection connection, String... statements)
      throws SQLException {
    for (int attempt = 1; ; attempt++) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET LOCAL lock_timeout = '1s'");
        for (String sql : statements) {
          statement.execute(sql);
        }
        connection.commit();
        return;
      } catch (SQLException e) {
        connection.rollback();
        if (attempt == 20 || !"55P03".equals(e.getSQLState())) {
          throw e;
        }
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  private static List<Lacking> lacking(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return rows(statement, LACKING);
    }
  }

  private static List<Lacking> remembered(Statement statement, String route) throws SQLException {
    return rows(
        statement,
        "SELECT table_schema, table_name, former, '' FROM turnout.replica_identity WHERE route = "
            + route);
  }

  private static List<Lacking> rows(Statement statement, String sql) throws SQLException {
    List<Lacking> tables = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        tables.add(
            new Lacking(row.getString(1), row.getString(2), row.getString(3), row.getString(4)));
      }
    }
    return tables;
  }

  private static boolean remembers(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT to_regclass('turnout.replica_identity') IS NOT NULL")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private static String literal(Statement statement, String value) throws SQLException {
    return statement.enquoteLiteral(value);
  }

  /**
   * A table, the letter of its replica identity, and the index it is to have; null for all columns.
   */
  private record Lacking(String schema, String name, String former, @Nullable String index) {}
}
