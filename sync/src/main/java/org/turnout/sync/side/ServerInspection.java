package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;

/** What one server must allow: logical decoding, and Turnout's role its work. */
final class ServerInspection {
  private static final int OLDEST = 140_000;

  private static final String LONG_TRANSACTIONS =
      """
      SELECT pid, usename, coalesce(client_addr::text, 'local'), application_name, state,
             extract(epoch FROM now() - xact_start)::bigint
        FROM pg_stat_activity
       WHERE xact_start < now() - interval '1 minute' AND backend_type = 'client backend'
         AND application_name !~ '^turnout'
         AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
       ORDER BY xact_start LIMIT 20
      """;

  private final Connection connection;
  private final PostgresSide side;
  private final String word;
  private final List<Finding> findings;

  private ServerInspection(Connection connection, PostgresSide side, List<Finding> findings) {
    this.connection = connection;
    this.side = side;
    this.word = side.side().word();
    this.findings = findings;
  }

  static void inspect(Connection connection, PostgresSide side, List<Finding> findings)
      throws SQLException {
    ServerInspection inspection = new ServerInspection(connection, side, findings);
    inspection.version();
    inspection.encoding();
    inspection.decoding();
    inspection.standbys();
    inspection.role();
    inspection.helperSchema();
    inspection.transactions();
    inspection.foreignSlots();
  }

  private void version() throws SQLException {
    if (PostgresSide.serverVersion(connection) < OLDEST) {
      blocker(
          "server-too-old",
          "The server is PostgreSQL " + Rows.one(connection, "SHOW server_version") + ".",
          "Turnout moves databases of PostgreSQL 14 and newer.");
    }
  }

  /** Its server hands out whatever bytes were stored, as text of any encoding. */
  private void encoding() throws SQLException {
    if (Rows.one(connection, "SHOW server_encoding").equals("SQL_ASCII")) {
      blocker(
          "encoding-unknown",
          "The database has the encoding SQL_ASCII: the server does not know which characters its"
              + " bytes mean, so they cannot be brought over for sure.",
          "Bring it into a database of a real encoding (pg_dump, then restore with --encoding), and"
              + " move that.");
    }
  }

  private void decoding() throws SQLException {
    String level = Rows.one(connection, "SHOW wal_level");
    if (!level.equals("logical")) {
      blocker(
          "wal-level",
          "wal_level is " + level + "; the change stream needs logical.",
          "ALTER SYSTEM SET wal_level = logical, then restart the server.");
      return;
    }
    boolean own =
        Rows.isTrue(
            connection,
            "EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name ~ '^turnout_"
                + side.route()
                + "_[0-9]+$')");
    if (!own) {
      capacity("max_replication_slots", "SELECT count(*) FROM pg_replication_slots");
      capacity("max_wal_senders", "SELECT count(*) FROM pg_stat_replication");
    }
  }

  private void standbys() throws SQLException {
    String names = Rows.one(connection, "SHOW synchronous_standby_names");
    if (StandbyNames.haveTurnout(names)) {
      blocker(
          "synchronous-standby",
          "synchronous_standby_names is '"
              + names
              + "', which Turnout's change stream matches: commits would wait until the other side"
              + " has them.",
          "Name the standbys that commits are to wait for: ALTER SYSTEM SET"
              + " synchronous_standby_names = '…'; SELECT pg_reload_conf();");
    }
  }

  private void capacity(String setting, String used) throws SQLException {
    long limit = Long.parseLong(Rows.one(connection, "SHOW " + setting));
    long inUse = Long.parseLong(Rows.one(connection, used));
    if (inUse >= limit) {
      blocker(
          setting.replace('_', '-'),
          "All " + limit + " of " + setting + " are in use.",
          "Raise " + setting + " and restart the server, or drop what is no longer used.");
    }
  }

  private void role() throws SQLException {
    if (Rows.isTrue(connection, "current_setting('is_superuser') = 'on'")) {
      return;
    }
    String role = Table.quote(side.config().user());
    if (!Rows.isTrue(
        connection, "(SELECT rolreplication FROM pg_roles WHERE rolname = current_user)")) {
      blocker(
          "role-replication",
          "Role " + role + " may not replicate.",
          "ALTER ROLE " + role + " REPLICATION, or use a superuser.");
    }
    if (!Rows.isTrue(connection, "has_database_privilege(current_database(), 'CREATE')")) {
      blocker(
          "role-create",
          "Role " + role + " may not create Turnout's schema.",
          "GRANT CREATE ON DATABASE "
              + Table.quote(side.config().database())
              + " TO "
              + role
              + ".");
    }
    boolean mayIgnoreTriggers =
        PostgresSide.serverVersion(connection) >= 150_000
            && Rows.isTrue(
                connection, "has_parameter_privilege('session_replication_role', 'SET')");
    if (!mayIgnoreTriggers) {
      blocker(
          "role-triggers",
          "Role " + role + " may not write without firing triggers and foreign keys.",
          "GRANT SET ON PARAMETER session_replication_role TO "
              + role
              + " (server 15 and newer), or use a superuser.");
    }
  }

  private void helperSchema() throws SQLException {
    try {
      HelperSchema.present(connection);
    } catch (SyncException e) {
      blocker(
          "schema-turnout",
          String.valueOf(e.getMessage()),
          "Free the name \"turnout\" for Turnout.");
    }
  }

  private void transactions() throws SQLException {
    for (List<String> row :
        Rows.of(
            connection,
            "SELECT gid, owner, extract(epoch FROM now() - prepared)::bigint"
                + " FROM pg_prepared_xacts WHERE database = current_database()")) {
      findings.add(
          new Finding(
              "prepared-transaction",
              Severity.BLOCKER,
              word + ": " + row.getFirst(),
              "A prepared transaction of " + row.get(1) + " is open for " + row.get(2) + " s.",
              "COMMIT PREPARED or ROLLBACK PREPARED it; slots and copies wait for it."));
    }
    for (List<String> row : Rows.of(connection, LONG_TRANSACTIONS)) {
      findings.add(
          new Finding(
              "long-transaction",
              Severity.WARNING,
              word + ": process " + row.getFirst(),
              "A transaction of %s from %s (%s, %s) is open for %s s."
                  .formatted(row.get(1), row.get(2), row.get(3), row.get(4), row.get(5)),
              "End it: the sync cannot begin, and a cutover not happen, before it has ended."));
    }
  }

  private void foreignSlots() throws SQLException {
    for (List<String> row :
        Rows.of(
            connection,
            "SELECT slot_name, plugin, active FROM pg_replication_slots"
                + " WHERE database = current_database() AND slot_name !~ '^turnout_'")) {
      findings.add(
          new Finding(
              "foreign-slot",
              Severity.WARNING,
              word + ": " + row.getFirst(),
              "Another consumer reads the log of this database by slot "
                  + row.getFirst()
                  + " ("
                  + row.get(1)
                  + (row.get(2).equals("t") ? ", active)." : ", not active)."),
              "It must be set up anew on the other server when the primary changes."));
    }
  }

  private void blocker(String code, String message, String advice) {
    findings.add(new Finding(code, Severity.BLOCKER, word, message, advice));
  }
}
