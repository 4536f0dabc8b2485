package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.turnout.sync.SyncException;

/**
 * What an administrator has to execute on a side before Turnout's role, where it is no superuser,
 * can do its work there: SQL to be read first. Changes nothing.
 */
public final class Preparation {
  /** Lets a role that is no superuser read verifiers, and nobody else. */
  private static final String VERIFIERS =
      """
      CREATE SCHEMA IF NOT EXISTS turnout;
      CREATE OR REPLACE FUNCTION turnout.password_verifier(role text) RETURNS text
        LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS 'SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = role';
      REVOKE ALL ON FUNCTION turnout.password_verifier(text) FROM PUBLIC;
      GRANT USAGE, CREATE ON SCHEMA turnout TO %1$s;
      GRANT EXECUTE ON FUNCTION turnout.password_verifier(text) TO %1$s;
      """;

  private final PostgresSide side;

  public Preparation(PostgresSide side) {
    this.side = side;
  }

  /**
   * The statements that are missing, for a superuser of the side's database; none where the role
   * has all that it needs.
   *
   * @param verifiers whether the route's clients prove themselves by what the server stores
   */
  public List<String> statements(boolean verifiers) throws SyncException {
    List<String> statements = new ArrayList<>();
    try (Connection connection = side.control()) {
      if (Roles.isSuperuser(connection)) {
        return List.of();
      }
      String role = Table.quote(side.config().user());
      if (!Rows.isTrue(
          connection, "(SELECT rolreplication FROM pg_roles WHERE rolname = current_user)")) {
        statements.add("ALTER ROLE " + role + " REPLICATION;");
      }
      if (!Rows.isTrue(connection, "has_database_privilege(current_database(), 'CREATE')")) {
        statements.add(
            "GRANT CREATE ON DATABASE "
                + Table.quote(side.config().database())
                + " TO "
                + role
                + ";");
      }
      if (PostgresSide.serverVersion(connection) >= 150_000
          && !Rows.isTrue(
              connection, "has_parameter_privilege('session_replication_role', 'SET')")) {
        statements.add("GRANT SET ON PARAMETER session_replication_role TO " + role + ";");
      }
      if (verifiers && !mayReadVerifiers(connection)) {
        statements.addAll(VERIFIERS.formatted(role).strip().lines().toList());
      }
      return statements;
    } catch (SQLException e) {
      throw side.failure("looking at the rights of Turnout's role", e);
    }
  }

  private static boolean mayReadVerifiers(Connection connection) throws SQLException {
    return Rows.isTrue(
        connection,
        "coalesce(has_schema_privilege(to_regnamespace('turnout')::oid, 'USAGE')"
            + " AND has_function_privilege(to_regprocedure('turnout.password_verifier(text)')::oid,"
            + " 'EXECUTE'), false) OR has_column_privilege('pg_catalog.pg_authid', 'rolpassword',"
            + " 'SELECT')");
  }
}
