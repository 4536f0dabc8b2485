package org.turnout.sync.switchover;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.RouteName;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.side.Subjects;
import org.turnout.sync.side.Table;

/**
 * The triggers that make a fence stick: one for each statement on each table and each of its
 * partitions, because a statement trigger of a root does not fire for a statement on a leaf. They
 * ask {@code turnout.fence} whether they are in force, so a fence is lifted by one update and the
 * triggers, whose removal needs a lock that readers hold too, go when they can.
 *
 * <p>The applier is not stopped: it runs with {@code session_replication_role = replica}.
 */
final class FenceTriggers {
  private static final Logger log = LoggerFactory.getLogger(FenceTriggers.class);

  /**
   * Refuses unless the fence is lifted or expired. A transaction with an old snapshot could read a
   * fence of the past, so above READ COMMITTED the row is locked: the server then fails it with a
   * serialization error if the row is newer than its snapshot. A missing row refuses.
   */
  static final String FUNCTION =
      """
      CREATE OR REPLACE FUNCTION turnout.refuse_write() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
      DECLARE
        fence turnout.fence;
      BEGIN
        IF current_setting('transaction_isolation') = 'read committed' THEN
          SELECT * INTO fence FROM turnout.fence f WHERE f.route = TG_ARGV[0];
        ELSE
          SELECT * INTO fence FROM turnout.fence f WHERE f.route = TG_ARGV[0] FOR SHARE;
        END IF;
        IF fence.state = 'lifted'
            OR fence.state = 'held' AND fence.deadline <= clock_timestamp() THEN
          RETURN NULL;
        END IF;
        RAISE EXCEPTION USING
          ERRCODE = 'read_only_sql_transaction',
          MESSAGE = CASE
            WHEN fence.state = 'confirmed' THEN
              format('route %s: the primary has moved to %s with epoch %s, this database takes no'
                || ' writes', TG_ARGV[0],
                CASE WHEN fence.epoch % 2 = 0 THEN 'blue' ELSE 'green' END, fence.epoch)
            ELSE
              format('route %s: the primary is moving (epoch %s), this database takes no writes',
                TG_ARGV[0], fence.epoch)
          END,
          HINT = 'Connect through Turnout, or to the new primary.';
      END $function$
      """;

  /** All tables of the list with their partitions and children; parameter: an array of names. */
  static final String TREE =
      """
      WITH RECURSIVE tree (oid) AS (
        SELECT to_regclass(name)::oid FROM unnest(?::text[]) AS names (name)
        UNION
        SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
      """;

  private static final String WITHOUT_TRIGGER =
      TREE
          + """
          SELECT format('%I.%I', n.nspname, c.relname)
            FROM tree JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p')
             AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = ?)
           ORDER BY 1
          """;

  private static final String RIGHTS =
      TREE
          + """
          SELECT format('%I.%I', n.nspname, c.relname), has_table_privilege(c.oid, 'TRIGGER'),
                 has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
                   OR has_table_privilege(c.oid, 'TRUNCATE')
            FROM tree JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p')
           ORDER BY 1
          """;

  private static final String OF_ROUTE =
      """
      SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE g.tgname = ? ORDER BY 1
      """;

  /** SQLSTATE insufficient_privilege. */
  private static final String FORBIDDEN = "42501";

  private FenceTriggers() {}

  private static String name(RouteName route) {
    return "turnout_fence_" + route;
  }

  /**
   * Creates the triggers that are missing, in the connection's transaction, which holds the locks.
   */
  static void create(Connection connection, RouteName route, List<Table> tables)
      throws SQLException {
    List<String> missing = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(WITHOUT_TRIGGER)) {
      statement.setArray(1, names(connection, tables));
      statement.setString(2, name(route));
      collect(statement, missing);
    }
    if (missing.isEmpty()) {
      return;
    }
    String sql =
        missing.stream()
            .map(
                table ->
                    "CREATE TRIGGER "
                        + name(route)
                        + " BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "
                        + table
                        + " FOR EACH STATEMENT EXECUTE PROCEDURE turnout.refuse_write('"
                        + route
                        + "')")
            .collect(Collectors.joining(";\n"));
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The rights that a fence needs and the role lacks, each as a blocker that lists the tables. */
  static List<Finding> missingRights(Connection connection, String role, List<Table> tables)
      throws SQLException {
    List<String> trigger = new ArrayList<>();
    List<String> update = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RIGHTS)) {
      statement.setArray(1, names(connection, tables));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String table = row.getString(1);
          if (!row.getBoolean(2)) {
            trigger.add(table);
          }
          if (!row.getBoolean(3)) {
            update.add(table);
          }
        }
      }
    }
    List<Finding> missing = new ArrayList<>();
    missing(missing, trigger, "TRIGGER", role);
    missing(missing, update, "UPDATE", role);
    return missing;
  }

  private static void missing(List<Finding> into, List<String> tables, String right, String role) {
    if (tables.isEmpty()) {
      return;
    }
    String listed = Subjects.list(tables);
    into.add(
        new Finding(
            "fence-right",
            Severity.BLOCKER,
            listed,
            "Role " + role + " lacks the right " + right + ", which the fence of a cutover needs.",
            "GRANT " + right + " ON " + listed + " TO " + role + ", or use the owner's role."));
  }

  /**
   * Removes the triggers of a route whose fence is lifted, table by table; connection in
   * autocommit. One that is busy, or that only its owner may remove, stays: it lets all writes
   * pass.
   *
   * @return how many are busy, so that it is worth while to try again
   */
  static int drop(Connection connection, RouteName route) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(OF_ROUTE)) {
      statement.setString(1, name(route));
      collect(statement, tables);
    }
    int busy = 0;
    try (Statement statement = connection.createStatement()) {
      for (String table : tables) {
        // Whoever waits for this lock makes all later ones of the table wait too: never for long.
        statement.execute("SET lock_timeout = '50ms'");
        try {
          statement.execute("DROP TRIGGER IF EXISTS " + name(route) + " ON " + table);
        } catch (SQLException stays) {
          busy += FORBIDDEN.equals(stays.getSQLState()) ? 0 : 1;
          log.info("the lifted fence of {} stays for now: {}", table, stays.getMessage());
        }
      }
      statement.execute("RESET lock_timeout");
    }
    return busy;
  }

  private static Array names(Connection connection, List<Table> tables) throws SQLException {
    return connection.createArrayOf("text", tables.stream().map(Table::sqlName).toArray());
  }

  private static void collect(PreparedStatement statement, List<String> into) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        into.add(row.getString(1));
      }
    }
  }
}
