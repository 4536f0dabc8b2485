package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;

/** In what the two servers and databases differ that matters to those who use them. */
final class DifferenceInspection {
  private final Connection from;
  private final String source;
  private final Connection to;
  private final String target;
  private final List<Finding> findings;

  private DifferenceInspection(
      Connection from, Side source, Connection to, Side target, List<Finding> findings) {
    this.from = from;
    this.source = source.word();
    this.to = to;
    this.target = target.word();
    this.findings = findings;
  }

  static void inspect(
      Connection from, Side source, Connection to, Side target, List<Finding> findings)
      throws SQLException {
    DifferenceInspection inspection = new DifferenceInspection(from, source, to, target, findings);
    inspection.sameDatabase();
    inspection.versions();
    inspection.extensions();
    inspection.roles();
    inspection.locale();
  }

  private void sameDatabase() throws SQLException {
    String identity =
        "SELECT system_identifier || '/' || current_database() || '/'"
            + " || (SELECT oid FROM pg_database WHERE datname = current_database())"
            + " || '/' || pg_postmaster_start_time() FROM pg_control_system()";
    if (mayReadControl(from)
        && mayReadControl(to)
        && Rows.one(from, identity).equals(Rows.one(to, identity))) {
      add(
          "same-database",
          Severity.BLOCKER,
          target,
          "Both sides are the same database.",
          "Correct the urls: blue is the database of today, green the new one.");
    }
  }

  private static boolean mayReadControl(Connection connection) throws SQLException {
    return Rows.isTrue(
        connection, "has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')");
  }

  private void versions() throws SQLException {
    int here = PostgresSide.serverVersion(from) / 10_000;
    int there = PostgresSide.serverVersion(to) / 10_000;
    if (there < here) {
      add(
          "older-server",
          Severity.WARNING,
          target,
          "The server of "
              + target
              + " is of major "
              + there
              + ", that of "
              + source
              + " of "
              + here
              + ".",
          "Applications must not use what only the newer major has.");
    }
  }

  private void extensions() throws SQLException {
    Map<String, String> available = new HashMap<>();
    for (List<String> row :
        Rows.of(
            to,
            "SELECT name, coalesce(installed_version, default_version) FROM"
                + " pg_available_extensions")) {
      available.put(row.getFirst(), row.get(1));
    }
    for (List<String> row : Rows.of(from, "SELECT extname, extversion FROM pg_extension")) {
      String version = available.get(row.getFirst());
      if (version == null) {
        add(
            "extension-missing",
            Severity.BLOCKER,
            row.getFirst(),
            "The extension is used on " + source + " and not available on " + target + ".",
            "Install its package on the server of " + target + ".");
      } else if (isOlder(version, row.get(1))) {
        add(
            "extension-older",
            Severity.WARNING,
            row.getFirst(),
            "The extension is "
                + row.get(1)
                + " on "
                + source
                + " and "
                + version
                + " on "
                + target
                + ".",
            "Install the same or a newer version on " + target + ".");
      }
    }
  }

  /** Compares by the numbers in the versions; what has none is not called older. */
  static boolean isOlder(String version, String than) {
    String[] left = version.split("[^0-9]+");
    String[] right = than.split("[^0-9]+");
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      if (left[i].isEmpty() || right[i].isEmpty()) {
        return false;
      }
      int order = Long.compare(Long.parseLong(left[i]), Long.parseLong(right[i]));
      if (order != 0) {
        return order < 0;
      }
    }
    return left.length < right.length;
  }

  private void roles() throws SQLException {
    boolean made = Roles.isSuperuser(from) && Roles.isSuperuser(to);
    for (String role : Roles.missing(from, to)) {
      add(
          "role-missing",
          made ? Severity.WARNING : Severity.BLOCKER,
          role,
          "The role is on " + source + " but not on " + target + ".",
          made
              ? "Turnout makes it with the same password when it makes the schema; create it"
                  + " yourself if you make the schema."
              : "Create it on " + target + " with the same password.");
    }
  }

  private void locale() throws SQLException {
    String encoding = "SHOW server_encoding";
    if (!Rows.one(from, encoding).equals(Rows.one(to, encoding))) {
      add(
          "encoding",
          Severity.BLOCKER,
          target,
          "The encoding is "
              + Rows.one(from, encoding)
              + " on "
              + source
              + " and "
              + Rows.one(to, encoding)
              + " on "
              + target
              + ".",
          "Create the database of " + target + " with the same encoding.");
    }
    String here = collation(from);
    String there = collation(to);
    String libraryHere = library(from);
    String libraryThere = library(to);
    boolean sameLibrary =
        libraryHere.isEmpty() || libraryThere.isEmpty() || libraryHere.equals(libraryThere);
    if (!here.equals(there) || !sameLibrary) {
      add(
          "collation",
          Severity.WARNING,
          target,
          "Text is sorted by %s %s on %s and by %s %s on %s."
              .formatted(here, libraryHere, source, there, libraryThere, target),
          "Results of ORDER BY on text may come in another order after the cutover.");
    }
  }

  private static String collation(Connection connection) throws SQLException {
    boolean named = PostgresSide.serverVersion(connection) >= 150_000;
    String provider =
        named
            ? "CASE datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END"
            : "'libc'";
    return Rows.one(
        connection,
        "SELECT "
            + provider
            + " || ' ' || datcollate || ' ' || datctype"
            + " FROM pg_database WHERE datname = current_database()");
  }

  /** The version of the library that sorts, where the server knows it. */
  private static String library(Connection connection) throws SQLException {
    return Rows.one(
        connection, "SELECT pg_collation_actual_version('pg_catalog.\"default\"'::regcollation)");
  }

  private void add(String code, Severity severity, String subject, String message, String advice) {
    findings.add(new Finding(code, severity, subject, message, advice));
  }
}
