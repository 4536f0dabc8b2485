package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;

/**
 * Roles that the source's database needs and the target lacks: those that may log in, those that
 * own or were granted something, and the groups they are members of. Where both control roles are
 * superusers they are made with the same attributes, settings and password verifier, so that
 * applications log in with the passwords they have.
 */
public final class Roles {
  private static final String NEEDED =
      """
      WITH RECURSIVE needed AS (
        SELECT r.oid FROM pg_roles r
         WHERE r.rolcanlogin
            OR EXISTS (SELECT 1 FROM pg_shdepend s
                        WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
                          AND s.dbid = (SELECT oid FROM pg_database
                                         WHERE datname = current_database()))
        UNION
        SELECT m.roleid FROM needed n JOIN pg_auth_members m ON m.member = n.oid)
      SELECT r.rolname FROM pg_roles r JOIN needed n ON n.oid = r.oid
       WHERE r.rolname !~ '^pg_' ORDER BY r.rolname
      """;

  private static final String CREATE =
      """
      SELECT format('CREATE ROLE %%I WITH %%s %%s %%s %%s %%s %%s %%s CONNECTION LIMIT %%s',
               rolname,
               CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
               CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
               CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
               CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
               CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
               CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
               CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
               rolconnlimit)
             || coalesce(' PASSWORD ' || quote_literal(rolpassword), '')
             || coalesce(' VALID UNTIL ' || quote_literal(rolvaliduntil), '')
        FROM pg_authid WHERE rolname IN (%s) ORDER BY rolname
      """;

  private static final String MEMBERS =
      """
      SELECT format('GRANT %%I TO %%I', g.rolname, m.rolname)
             || CASE WHEN bool_or(a.admin_option) THEN ' WITH ADMIN OPTION' ELSE '' END
        FROM pg_auth_members a
        JOIN pg_authid g ON g.oid = a.roleid
        JOIN pg_authid m ON m.oid = a.member
       WHERE m.rolname IN (%s)
       GROUP BY g.rolname, m.rolname ORDER BY 1
      """;

  private static final String SETTINGS =
      """
      SELECT r.rolname, s.setdatabase <> 0, unnest(s.setconfig)
        FROM pg_db_role_setting s
        JOIN pg_roles r ON r.oid = s.setrole
       WHERE r.rolname IN (%s)
         AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      """;

  private Roles() {}

  /**
   * Makes what is missing, in the target connection's transaction.
   *
   * @throws SyncException with a finding for each missing role, when one of the control roles is no
   *     superuser
   */
  public static void createMissing(
      Connection from, Connection to, PostgresSide source, PostgresSide target)
      throws SQLException, SyncException {
    List<String> missing = missing(from, to);
    if (missing.isEmpty()) {
      return;
    }
    if (!isSuperuser(from) || !isSuperuser(to)) {
      throw refusal(missing, source, target);
    }
    try (Statement statement = from.createStatement()) {
      List<String> literals = new ArrayList<>();
      for (String role : missing) {
        literals.add(statement.enquoteLiteral(role));
      }
      String names = String.join(", ", literals);
      execute(to, strings(statement, CREATE.formatted(names)));
      execute(to, strings(statement, MEMBERS.formatted(names)));
      execute(to, settings(statement, SETTINGS.formatted(names), database(to)));
    }
  }

  /** Names of the roles that the source's database needs and the target does not have. */
  public static List<String> missing(Connection from, Connection to) throws SQLException {
    Set<String> present = new HashSet<>();
    try (Statement statement = to.createStatement()) {
      present.addAll(strings(statement, "SELECT rolname FROM pg_roles"));
    }
    List<String> missing = new ArrayList<>();
    try (Statement statement = from.createStatement();
        ResultSet row = statement.executeQuery(NEEDED)) {
      while (row.next()) {
        if (!present.contains(row.getString(1))) {
          missing.add(row.getString(1));
        }
      }
    }
    return missing;
  }

  private static SyncException refusal(
      List<String> missing, PostgresSide source, PostgresSide target) {
    List<Finding> findings =
        missing.stream()
            .map(
                role ->
                    new Finding(
                        "role-missing",
                        Severity.BLOCKER,
                        role,
                        "The role is on "
                            + source.side().word()
                            + " but not on "
                            + target.side().word()
                            + ", and Turnout may not create it.",
                        "Create it there, with the same password, or let Turnout use superusers"
                            + " on both sides."))
            .toList();
    return new SyncException(
        "Roles are missing on " + target.side().word() + ": " + String.join(", ", missing),
        findings);
  }

  private static List<String> settings(Statement statement, String sql, String database)
      throws SQLException {
    List<String> commands = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        commands.add(
            "ALTER ROLE "
                + Table.quote(row.getString(1))
                + (row.getBoolean(2) ? " IN DATABASE " + Table.quote(database) : "")
                + SettingClause.of(statement, row.getString(3)));
      }
    }
    return commands;
  }

  static boolean isSuperuser(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT current_setting('is_superuser') = 'on'")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private static String database(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return strings(statement, "SELECT current_database()").getFirst();
    }
  }

  private static List<String> strings(Statement statement, String sql) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        strings.add(row.getString(1));
      }
    }
    return strings;
  }

  private static void execute(Connection connection, List<String> commands) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String command : commands) {
        statement.execute(command);
      }
    }
  }
}
