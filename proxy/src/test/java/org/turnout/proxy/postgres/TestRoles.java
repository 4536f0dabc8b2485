package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.Proxied.ask;

import java.sql.Connection;
import org.turnout.embedded.PostgresDatabase;

/** Roles on the servers of a test. */
final class TestRoles {
  private TestRoles() {}

  /** Statement that makes a role, or makes it be like this if it is there. */
  static String role(String name, String attributes) {
    return """
    DO $$ BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '%1$s') THEN
        CREATE ROLE %1$s;
      END IF;
    END $$;
    ALTER ROLE %1$s LOGIN %2$s
    """
        .formatted(name, attributes);
  }

  /** Lets a role have the same verifier on both. */
  static void copyVerifier(PostgresDatabase from, PostgresDatabase to, String role)
      throws Exception {
    try (Connection connection = from.connect()) {
      String verifier =
          ask(connection, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + role + "'");
      to.execute(role(role, "PASSWORD '" + verifier + "'"));
    }
  }
}
