package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/**
 * Answers the data plane's questions from a PostgreSQL catalogue. What decides on the routing of
 * reads errs to the side of "not a read": a name counts as safe only when every object of that name
 * in every schema is. Any thread.
 */
public final class PostgresCatalogue implements SideCatalogue {
  /**
   * Functions whose code runs nothing but itself: the server's own, and compiled ones of
   * extensions. A function that a user wrote may be marked stable and still call one that writes,
   * which the server does not prevent. Aggregates are as safe as the functions they are made of.
   */
  private static final String FUNCTIONS =
      """
      WITH plain AS (
        SELECT p.oid, p.proname, p.prokind,
               p.provolatile <> 'v' AND p.prokind <> 'p'
               AND (p.oid < 16384 OR l.lanname IN ('internal', 'c')) AS safe
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang)
      """;

  /**
   * Of each name whether it is safe, and whether it may be called without a parenthesis: {@code
   * row.name} calls a function that takes one argument, and that a row can be.
   */
  private static final String FUNCTION_NAMES =
      FUNCTIONS
          + """
          , row_cast AS (
            SELECT 1 FROM pg_cast k JOIN pg_type t ON t.oid = k.castsource
             WHERE k.castcontext = 'i' AND t.typtype = 'c')
          SELECT p.proname,
                 bool_and(p.safe AND NOT EXISTS (
                   SELECT 1 FROM pg_aggregate a
                     JOIN plain part ON part.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
                       a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
                    WHERE a.aggfnoid = p.oid AND NOT part.safe)),
                 bool_or(f.provariadic <> 0
                   OR (f.pronargs - f.pronargdefaults <= 1 AND f.pronargs > 0
                       AND (t.typtype NOT IN ('b', 'e', 'r', 'm')
                            OR EXISTS (SELECT 1 FROM row_cast))))
            FROM plain p
            JOIN pg_proc f ON f.oid = p.oid
            LEFT JOIN pg_type t ON f.pronargs > 0 AND t.oid = f.proargtypes[0]
           GROUP BY p.proname
          """;

  /**
   * Tables that are moved, but for those whose reading may run a function: row security, and
   * columns of a type that an unsafe implicit cast leads away from. Other relations are not the
   * same on both sides, or run a query of their own.
   */
  private static final String RELATION_NAMES =
      FUNCTIONS
          + """
          SELECT c.relname,
                 bool_and(c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
                   AND NOT c.relrowsecurity AND c.oid >= 16384 AND %s
                   AND NOT EXISTS (
                     SELECT 1 FROM pg_attribute a
                       JOIN pg_cast k ON k.castsource = a.atttypid AND k.castcontext = 'i'
                       JOIN plain f ON f.oid = k.castfunc AND NOT f.safe
                      WHERE a.attrelid = c.oid AND a.attnum > 0)
                   AND NOT EXISTS (
                     WITH RECURSIVE child AS (
                       SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = c.oid
                       UNION
                       SELECT i.inhrelid FROM child p JOIN pg_inherits i ON i.inhparent = p.oid)
                     SELECT 1 FROM child JOIN pg_class l ON l.oid = child.oid
                      WHERE l.relkind = 'f' OR l.relpersistence <> 'p'))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind NOT IN ('i', 'I', 't', 'c')
           GROUP BY c.relname
          """
              .formatted(Tables.USER_SCHEMA);

  private static final String OPERATOR_NAMES =
      FUNCTIONS
          + """
          SELECT DISTINCT o.oprname, false
            FROM pg_operator o JOIN plain f ON f.oid = o.oprcode AND NOT f.safe
          """;

  /** Types whose mention may run an unsafe function: by a cast, or by a check of a domain. */
  private static final String TYPE_NAMES =
      FUNCTIONS
          + """
          SELECT t.typname, false
            FROM pg_cast k
            JOIN plain f ON f.oid = k.castfunc AND NOT f.safe
            JOIN pg_type t ON t.oid IN (k.castsource, k.casttarget)
           WHERE k.oid >= 16384
          UNION
          SELECT t.typname, false
            FROM pg_constraint c
            JOIN pg_type t ON t.oid = c.contypid
            JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
                            AND d.refclassid = 'pg_proc'::regclass
            JOIN plain f ON f.oid = d.refobjid AND NOT f.safe
          """;

  /**
   * Of columns and of types: arrays, composites and ranges are left out, because the binary form of
   * their values holds numbers of types.
   */
  private static final String IDENTIFIERS =
      """
      SELECT format('column %I.%I.%I', n.nspname, c.relname, a.attname),
             c.oid::bigint * 65536 + a.attnum
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384
      UNION ALL
      SELECT format('type %I.%I', n.nspname, t.typname), t.oid::bigint
        FROM pg_type t
        JOIN pg_namespace n ON n.oid = t.typnamespace
       WHERE t.oid >= 16384 AND t.typtype IN ('b', 'e') AND t.typcategory <> 'A'
      """;

  /** Beginnings of names of functions that tell about the server, the session or its log. */
  private static final List<String> ABOUT_THE_SERVER =
      List.of(
          "pg_",
          "txid_",
          "inet_",
          "has_",
          "to_reg",
          "binary_upgrade_",
          "lo_",
          "currtid",
          "current_",
          "session_",
          "database_to_",
          "schema_to_",
          "table_to_",
          "query_to_",
          "cursor_to_");

  private static final Set<String> ABOUT_THE_SERVER_TOO =
      Set.of(
          "version",
          "lastval",
          "currval",
          "mxid_age",
          "getdatabaseencoding",
          "getpgusername",
          "obj_description",
          "col_description",
          "shobj_description",
          "format_type",
          "row_security_active",
          "ts_stat",
          "ts_rewrite",
          "set_config",
          "nextval",
          "setval");

  private static final Set<String> ABOUT_VALUES =
      Set.of("pg_typeof", "pg_size_pretty", "pg_size_bytes", "pg_column_size");

  private final PostgresSide side;

  public PostgresCatalogue(PostgresSide side) {
    this.side = side;
  }

  @Override
  public void requireAccess() throws SyncException {
    side.serverVersion();
  }

  /**
   * Reads the verifier from {@code pg_authid}, or, where the control role is no superuser, by a
   * function {@code turnout.password_verifier(text)} that an administrator made.
   */
  @Override
  public Optional<String> passwordVerifier(String role) throws SyncException {
    try (Connection connection = side.control()) {
      String sql =
          Rows.isTrue(connection, "to_regprocedure('turnout.password_verifier(text)') IS NOT NULL")
              ? "SELECT turnout.password_verifier(?)"
              : "SELECT rolpassword FROM pg_authid WHERE rolname = ?";
      try (PreparedStatement select = connection.prepareStatement(sql)) {
        select.setString(1, role);
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
        }
      }
    } catch (SQLException e) {
      throw side.failure(
          "reading a password verifier, which takes a superuser or a function"
              + " turnout.password_verifier(text)",
          e);
    }
  }

  @Override
  public ReadCatalogue readCatalogue() throws SyncException {
    Set<String> safeFunctions = new HashSet<>();
    Set<String> safeRelations = new HashSet<>();
    Set<String> unsafeNames = new HashSet<>();
    Set<String> unsafeOperators = new HashSet<>();
    try (Connection connection = side.control()) {
      Set<String> unsafeCalls = new HashSet<>();
      for (List<String> row : Rows.of(connection, FUNCTION_NAMES)) {
        boolean safe = row.get(1).equals("t") && !isAboutTheServer(row.getFirst());
        boolean needsParenthesis = row.get(2).equals("f");
        sort(row.getFirst(), safe, safeFunctions, needsParenthesis ? unsafeCalls : unsafeNames);
      }
      safeFunctions.removeAll(unsafeCalls);
      for (List<String> row : Rows.of(connection, RELATION_NAMES)) {
        sort(row.getFirst(), row.get(1).equals("t"), safeRelations, unsafeNames);
      }
      for (List<String> row : Rows.of(connection, TYPE_NAMES)) {
        sort(row.getFirst(), false, safeRelations, unsafeNames);
      }
      for (List<String> row : Rows.of(connection, OPERATOR_NAMES)) {
        unsafeOperators.add(row.getFirst());
      }
    } catch (SQLException e) {
      throw side.failure("reading the catalogue", e);
    }
    safeRelations.removeAll(unsafeNames);
    return new ReadCatalogue(safeFunctions, safeRelations, unsafeNames, unsafeOperators);
  }

  @Override
  public Map<String, Long> identifiers() throws SyncException {
    Map<String, Long> identifiers = new HashMap<>();
    try (Connection connection = side.control()) {
      for (List<String> row : Rows.of(connection, IDENTIFIERS)) {
        identifiers.put(row.getFirst(), Long.valueOf(row.get(1)));
      }
    } catch (SQLException e) {
      throw side.failure("reading the catalogue", e);
    }
    return identifiers;
  }

  /** An unsafe name is also known in lower case, so that no way of folding misses it. */
  private static void sort(String name, boolean isSafe, Set<String> safe, Set<String> unsafe) {
    if (isSafe) {
      safe.add(name);
    } else {
      unsafe.add(name);
      unsafe.add(name.toLowerCase(Locale.ROOT));
    }
  }

  private static boolean isAboutTheServer(String function) {
    return ABOUT_THE_SERVER_TOO.contains(function)
        || (!ABOUT_VALUES.contains(function)
            && ABOUT_THE_SERVER.stream().anyMatch(function::startsWith));
  }
}
