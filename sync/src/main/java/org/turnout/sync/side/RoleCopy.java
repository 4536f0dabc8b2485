package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.turnout.sync.SyncException;

/**
 * Lets the roles of applications have the same passwords on another side: makes those that are
 * missing there, and gives the others the password verifier and the end of validity that they have
 * at the source. May be run again. Takes superusers on both sides, who alone may read and write
 * verifiers; these never leave the two connections, not even into the target's log.
 */
public final class RoleCopy {
  private static final String PASSWORDS =
      """
      SELECT rolname, coalesce(rolpassword, ''), coalesce(rolvaliduntil::text, ''), rolsuper
        FROM pg_authid WHERE rolcanlogin AND rolname !~ '^pg_' ORDER BY rolname
      """;

  /** What is written to the server's log would hold verifiers. */
  private static final String UNLOGGED =
      "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1;"
          + " SET LOCAL log_min_error_statement = 'panic'";

  private final PostgresSide source;
  private final PostgresSide target;

  public RoleCopy(PostgresSide source, PostgresSide target) {
    this.source = source;
    this.target = target;
  }

  /**
   * What was done, by names of roles.
   *
   * @param made were not there
   * @param changed had another verifier or end of validity
   * @param same had the same
   * @param left are superusers at the target, or Turnout's own role there
   */
  public record Outcome(
      List<String> made, List<String> changed, List<String> same, List<String> left) {}

  /**
   * Does it, in one transaction at the target.
   *
   * @throws SyncException when one of Turnout's roles is no superuser; nothing is changed then
   */
  public Outcome run() throws SyncException {
    try (Connection from = source.control();
        Connection to = target.control()) {
      requireSuperuser(from, source);
      requireSuperuser(to, target);
      to.setAutoCommit(false);
      try (Statement statement = to.createStatement()) {
        statement.execute(UNLOGGED);
      }
      List<String> made = Roles.missing(from, to);
      Roles.createMissing(from, to, source, target);
      Outcome outcome = align(from, to, made);
      to.commit();
      return outcome;
    } catch (SQLException e) {
      throw target.failure("copying roles", e);
    }
  }

  private static void requireSuperuser(Connection connection, PostgresSide side)
      throws SQLException, SyncException {
    if (!Roles.isSuperuser(connection)) {
      throw new SyncException(
          "Role \""
              + side.config().user()
              + "\" is no superuser on "
              + side.side().word()
              + ", and nobody else may read and write password verifiers. Use a superuser for this,"
              + " or copy them by `pg_dumpall --roles-only`.");
    }
  }

  private Outcome align(Connection from, Connection to, List<String> made) throws SQLException {
    Map<String, List<String>> there = new HashMap<>();
    Rows.of(to, PASSWORDS).forEach(row -> there.put(row.getFirst(), row));
    Outcome outcome =
        new Outcome(List.copyOf(made), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (List<String> here : Rows.of(from, PASSWORDS)) {
      String role = here.getFirst();
      List<String> other = there.get(role);
      if (made.contains(role)) {
        continue;
      }
      if (other == null || here.get(1).isEmpty() || isSame(here, other)) {
        outcome.same().add(role);
      } else if (other.get(3).equals("t") || role.equals(target.config().user())) {
        outcome.left().add(role);
      } else {
        alter(to, role, here);
        outcome.changed().add(role);
      }
    }
    return outcome;
  }

  private static boolean isSame(List<String> here, List<String> there) {
    return here.get(1).equals(there.get(1)) && here.get(2).equals(there.get(2));
  }

  private static void alter(Connection to, String role, List<String> here) throws SQLException {
    try (Statement statement = to.createStatement()) {
      statement.setEscapeProcessing(false);
      String until = here.get(2).isEmpty() ? "infinity" : here.get(2);
      statement.execute(
          "ALTER ROLE "
              + Table.quote(role)
              + " PASSWORD "
              + statement.enquoteLiteral(here.get(1))
              + " VALID UNTIL "
              + statement.enquoteLiteral(until));
    }
  }
}
