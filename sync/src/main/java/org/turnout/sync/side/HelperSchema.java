package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.turnout.config.RouteName;
import org.turnout.sync.SyncException;

/**
 * The schema {@code turnout} that holds all that Turnout keeps in a side's database: made in one
 * transaction, known by the comment of its first table, gone without a trace when its last route
 * leaves. It is never copied, published or compared. An administrator may have made the schema
 * before, for the function {@code turnout.password_verifier(text)}; schema and function stay then.
 * Each room of the sync contributes its tables as statements that may run again ({@code CREATE
 * TABLE IF NOT EXISTS …}); a table with a column {@code route} is cleared of a route's rows when
 * the route leaves.
 */
public final class HelperSchema {
  public static final String NAME = "turnout";

  private static final String COMMENT = "Helper tables of Turnout, version 1";

  private static final String ROUTES = "CREATE TABLE turnout.route (route text PRIMARY KEY)";

  /** Only ever one maker at a time: CREATE … IF NOT EXISTS alone races. */
  private static final String ONE_AT_A_TIME =
      "SELECT pg_advisory_xact_lock(8390876208524258404)"; // "turnout" in ASCII

  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS turnout.stream (
            route text NOT NULL,
            epoch bigint NOT NULL,
            slot text NOT NULL,
            position pg_lsn NOT NULL,
            PRIMARY KEY (route, epoch))
          """);

  /** Condition: an administrator lets Turnout read password verifiers. */
  private static final String VERIFIER_FUNCTION =
      "to_regprocedure('turnout.password_verifier(text)') IS NOT NULL";

  private static final String OWN_OBJECTS =
      """
      SELECT 'TABLE ' || c.oid::regclass FROM pg_class c
       WHERE c.relnamespace = to_regnamespace('turnout') AND c.relkind = 'r'
       UNION ALL
      SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_proc p
       WHERE p.pronamespace = to_regnamespace('turnout') AND p.proname <> 'password_verifier'
      """;

  /** Who has locks on the tables whose triggers depend on the schema. */
  private static final String USERS =
      """
      SELECT DISTINCT %s || ' on ' || g.tgrelid::regclass
        FROM pg_trigger g
        JOIN pg_proc p ON p.oid = g.tgfoid AND p.pronamespace = to_regnamespace('turnout')
        JOIN pg_locks l ON l.relation = g.tgrelid AND l.granted
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.pid IS DISTINCT FROM pg_backend_pid()
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
       ORDER BY 1
      """
          .formatted(Processes.NAME);

  /** How often the removal is tried, a quarter of a second apart. */
  private static final int ATTEMPTS = 20;

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final List<String> statements;

  /** The statements of the rooms, beyond the tables that all share; schema {@code turnout}. */
  public HelperSchema(List<String> statements) {
    List<String> all = new ArrayList<>(TABLES);
    all.addAll(statements);
    this.statements = List.copyOf(all);
  }

  /**
   * Makes what is missing; does nothing where all is there.
   *
   * @throws SyncException when a schema of that name belongs to someone else
   */
  public void create(PostgresSide side) throws SyncException {
    try (Connection connection = side.control()) {
      inTransaction(connection, () -> create(connection, side.route()));
    } catch (SQLException e) {
      throw side.failure("creating the schema turnout", e);
    }
  }

  private void create(Connection connection, RouteName route) throws SQLException, SyncException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(ONE_AT_A_TIME);
      if (!present(connection)) {
        if (!exists(connection)) {
          statement.execute("CREATE SCHEMA turnout");
        }
        statement.execute(ROUTES);
        statement.execute("COMMENT ON TABLE turnout.route IS '" + COMMENT + "'");
      }
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    update(
        connection,
        "INSERT INTO turnout.route (route) VALUES (?) ON CONFLICT DO NOTHING",
        route.value());
  }

  /**
   * Removes a route's rows, and the whole schema with all that depends on it when no other route
   * uses it. Triggers of a fence that was lifted may depend on it: their removal needs the table
   * for a moment, and whoever waits for a table makes all others of it wait too. So it is waited
   * for shortly only, and again.
   *
   * @throws SyncException naming who uses the tables when that goes on
   */
  public static void remove(PostgresSide side) throws SyncException {
    try (Connection connection = side.control()) {
      for (int attempt = 1; !removed(connection, side.route()); attempt++) {
        if (attempt == ATTEMPTS) {
          throw inUse(connection, side);
        }
        Rows.of(connection, "SELECT pg_sleep(0.2)");
      }
    } catch (SQLException e) {
      throw side.failure("removing the schema turnout", e);
    }
  }

  private static boolean removed(Connection connection, RouteName route)
      throws SQLException, SyncException {
    try {
      inTransaction(connection, () -> remove(connection, route));
      return true;
    } catch (SQLException busy) {
      if (!LOCK_NOT_AVAILABLE.equals(busy.getSQLState())) {
        throw busy;
      }
      return false;
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private static SyncException inUse(Connection connection, PostgresSide side) throws SQLException {
    String users =
        Rows.of(connection, USERS).stream().map(List::getFirst).collect(Collectors.joining("; "));
    return new SyncException(
        "Turnout's tables could not be removed from "
            + side
            + ", because tables with a trigger of an old fence are in use all the time: "
            + users
            + ". The triggers let all writes pass. End these transactions, or try again later.");
  }

  private static void remove(Connection connection, RouteName route)
      throws SQLException, SyncException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '50ms'");
      statement.execute(ONE_AT_A_TIME);
      if (!present(connection)) {
        return;
      }
      for (String table : tablesOfRoutes(connection)) {
        update(connection, "DELETE FROM " + table + " WHERE route = ?", route.value());
      }
      try (ResultSet row = statement.executeQuery("SELECT count(*) FROM turnout.route")) {
        row.next();
        if (row.getLong(1) == 0) {
          drop(connection, statement);
        }
      }
    }
  }

  private static void drop(Connection connection, Statement statement) throws SQLException {
    if (!Rows.isTrue(connection, VERIFIER_FUNCTION)) {
      statement.execute("DROP SCHEMA turnout CASCADE");
      return;
    }
    for (List<String> object : Rows.of(connection, OWN_OBJECTS)) {
      statement.execute("DROP " + object.getFirst() + " CASCADE");
    }
  }

  /**
   * Whether Turnout's tables are there.
   *
   * @throws SyncException when a schema of that name holds tables that Turnout did not make
   */
  public static boolean present(Connection connection) throws SQLException, SyncException {
    List<List<String>> tables =
        Rows.of(
            connection,
            """
            SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'turnout' AND c.relkind <> 'i'
            """);
    if (tables.isEmpty()) {
      return false;
    }
    if (!tables.contains(List.of("route", COMMENT))) {
      throw new SyncException(
          "The database has a schema \"turnout\" with tables that this Turnout did not make."
              + " Rename it, or remove it if it was left by another version.");
    }
    return true;
  }

  private static boolean exists(Connection connection) throws SQLException {
    return Rows.isTrue(connection, "to_regnamespace('turnout') IS NOT NULL");
  }

  private static List<String> tablesOfRoutes(Connection connection) throws SQLException {
    String sql =
        """
        SELECT format('%I.%I', n.nspname, c.relname)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'route' AND NOT attisdropped
         WHERE n.nspname = 'turnout' AND c.relkind = 'r'
        """;
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        tables.add(row.getString(1));
      }
    }
    return tables;
  }

  private static void update(Connection connection, String sql, String parameter)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      statement.executeUpdate();
    }
  }

  private static void inTransaction(Connection connection, Work work)
      throws SQLException, SyncException {
    // What is not committed is rolled back when the pool takes the connection back.
    connection.setAutoCommit(false);
    work.run();
    connection.commit();
  }

  /** What runs inside the one transaction. */
  private interface Work {
    void run() throws SQLException, SyncException;
  }
}
