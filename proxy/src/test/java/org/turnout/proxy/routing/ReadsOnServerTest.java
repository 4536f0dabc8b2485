package org.turnout.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

/**
 * A real server is the judge: what is called a read must not be refused for writing when it runs in
 * a read-only transaction.
 */
class ReadsOnServerTest {
  private static final String READ_ONLY_TRANSACTION = "25006";
  private static final int MUTATIONS = 30_000;

  private static final List<String> WRITERS =
      List.of(
          "SELECT nextval('account_seq')",
          "SELECT \"nextval\"('account_seq'), id FROM account",
          "SELECT pg_catalog.setval('account_seq', 5, true) FROM account a, branch b",
          "SELECT a.audit FROM account a",
          "SELECT audit(a) FROM account AS a WHERE a.id IN (1, 2, 3)",
          "SELECT (a).audit FROM (SELECT * FROM account) a",
          "SELECT * FROM touching WHERE id = 1",
          "SELECT * FROM account, touching",
          "SELECT x.id FROM account x JOIN touching t ON t.id = x.id",
          "TABLE touching",
          "SELECT 1 UNION ALL SELECT id FROM touching",
          "SELECT 1 @!@ 2",
          "SELECT id FROM account WHERE 1 OPERATOR(public.@!@) id > 0",
          "SELECT '1'::writing",
          "SELECT CAST(5 AS writing), writing '7'",
          "SELECT id::writing FROM account",
          "WITH d AS (DELETE FROM account RETURNING id) SELECT * FROM d",
          "WITH d(x) AS (INSERT INTO branch VALUES (9) RETURNING id), e AS (SELECT 1) SELECT x FROM"
              + " d",
          "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT touch(n) FROM t WHERE n < 2) SELECT"
              + " * FROM t",
          "SELECT * INTO made FROM account",
          "SELECT * FROM account FOR UPDATE",
          "SELECT * FROM (SELECT id FROM account FOR NO KEY UPDATE) AS s(i)",
          "SELECT count(*) FILTER (WHERE touch(id) > 0) FROM account",
          "SELECT id FROM account ORDER BY touch(id)",
          "SELECT CASE WHEN true THEN touch(1) ELSE 2 END",
          "SELECT * FROM touch(3) AS t(n)",
          "SELECT * FROM account, LATERAL (SELECT touch(account.id)) y",
          "VALUES (touch(1)), (2)",
          "SELECT 1; DELETE FROM account",
          "INSERT INTO account VALUES (7, 'x')",
          "UPDATE account SET name = 'y' WHERE id = 1",
          "EXPLAIN ANALYZE DELETE FROM account",
          "DO $$ BEGIN DELETE FROM account; END $$",
          "SELECT extract(year FROM touching.made) FROM touching",
          "SELECT substring(name FROM touch(1)) FROM account",
          "SELECT 'a' IS DISTINCT FROM name, touch(2) FROM account");

  private static final List<String> SPLICES =
      List.of(
          " ",
          "/**/",
          "--\n",
          "'",
          "\"",
          "$$",
          "$a$",
          "E'",
          "U&\"",
          "\\",
          "(",
          ")",
          ",",
          ";",
          ".",
          "::",
          " AS ",
          " FROM ",
          " FROM account ",
          " JOIN ",
          " SELECT ",
          " WITH ",
          " IS DISTINCT ",
          " UNION ",
          " ORDER BY ",
          " WHERE ",
          "cast(",
          "extract(",
          "coalesce(",
          "x",
          "1",
          "$1",
          "[",
          "]",
          "*",
          "/*",
          "*/",
          "--",
          " OVER ",
          " FILTER ",
          " distinct ",
          " only ",
          " lateral ",
          " values ",
          " table ",
          "é",
          "\u00a0",
          "\t",
          "@",
          "!");

  private static PostgresDatabase database;
  private static ReadRules rules;

  @BeforeAll
  static void prepare() throws SQLException {
    database = SharedPostgres.database(18);
    database.execute(
        """
        CREATE TABLE account (id int, name text);
        INSERT INTO account VALUES (1, 'a'), (2, 'b');
        CREATE TABLE branch (id int);
        INSERT INTO branch VALUES (1);
        CREATE SEQUENCE account_seq;
        CREATE FUNCTION touch(n int) RETURNS int LANGUAGE plpgsql AS
          'BEGIN INSERT INTO branch VALUES (n); RETURN n; END';
        CREATE FUNCTION audit(a account) RETURNS int LANGUAGE sql AS 'SELECT touch(a.id)';
        CREATE VIEW touching AS SELECT touch(id) AS id, date '2020-01-01' AS made FROM account;
        CREATE FUNCTION operate(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT touch(a + b)';
        CREATE OPERATOR @!@ (LEFTARG = int, RIGHTARG = int, FUNCTION = operate);
        CREATE DOMAIN writing AS int CHECK (touch(VALUE) > 0);
        """);
    try (Connection connection = database.connect()) {
      rules = ReadRules.of(catalogue(connection));
    }
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static ReadCatalogue catalogue(Connection connection) throws SQLException {
    Set<String> safeFunctions =
        names(
            connection,
            "SELECT proname FROM pg_proc GROUP BY 1 HAVING bool_and(provolatile <> 'v')");
    Set<String> safeRelations =
        names(connection, "SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384");
    Set<String> unsafe =
        names(connection, "SELECT relname FROM pg_class UNION SELECT proname FROM pg_proc");
    unsafe.removeAll(safeFunctions);
    unsafe.removeAll(safeRelations);
    Set<String> operators =
        names(
            connection,
            "SELECT oprname FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode"
                + " WHERE provolatile = 'v'");
    return new ReadCatalogue(safeFunctions, safeRelations, unsafe, operators);
  }

  private static Set<String> names(Connection connection, String sql) throws SQLException {
    Set<String> names = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  @Test
  void everyWriterWritesAndNoneIsARead() throws SQLException {
    try (Connection connection = readOnly();
        Statement statement = connection.createStatement()) {
      for (String sql : WRITERS) {
        assertThat(run(statement, sql)).as(sql).isEqualTo(READ_ONLY_TRANSACTION);
        assertThat(Rules.classify(rules, sql).isRead()).as(sql).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(*) FROM account",
        "SELECT a.name, lower(b.id::text) FROM public.account a, branch AS b WHERE a.id = b.id",
        "WITH x(i) AS (SELECT id FROM account) SELECT * FROM x JOIN branch ON i = branch.id",
        "SELECT * FROM generate_series(1, 3) AS g(n), (VALUES (1, 'a')) AS v(i, t)",
        "SELECT extract(year FROM date '2020-01-01'), CAST('5' AS numeric(10,2)), 1 IS DISTINCT"
            + " FROM 2",
        "SELECT row_number() OVER (PARTITION BY name ORDER BY id) FROM account"
      })
  void aReadRuns(String sql) throws SQLException {
    assertThat(Rules.classify(rules, sql).isRead()).isTrue();
    try (Connection connection = readOnly();
        Statement statement = connection.createStatement()) {
      assertThat(run(statement, sql)).isEmpty();
    }
  }

  /** Texts near to writers: most are nonsense, some write, and none that writes is a read. */
  @Test
  void noMutationOfAWriterThatStillWritesIsARead() throws SQLException {
    Random random = new Random(20_000_101);
    int reads = 0;
    int runs = 0;
    try (Connection connection = readOnly();
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < MUTATIONS; i++) {
        String sql = mutated(random);
        if (Rules.classify(rules, sql).isRead()) {
          reads++;
          String state = run(statement, sql);
          runs += state.isEmpty() ? 1 : 0;
          assertThat(state).as(sql).isNotEqualTo(READ_ONLY_TRANSACTION);
        }
      }
    }
    assertThat(reads).as("mutations that are reads").isGreaterThan(MUTATIONS / 1000);
    assertThat(runs).as("reads that a server takes").isPositive();
  }

  private static String mutated(Random random) {
    StringBuilder sql = new StringBuilder(WRITERS.get(random.nextInt(WRITERS.size())));
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(sql.length() + 1);
      int end = Math.min(sql.length(), at + 1 + random.nextInt(8));
      switch (random.nextInt(5)) {
        case 0 -> sql.insert(at, SPLICES.get(random.nextInt(SPLICES.size())));
        case 1 -> sql.replace(at, end, SPLICES.get(random.nextInt(SPLICES.size())));
        case 2 -> sql.delete(at, end);
        case 3 -> {
          String other = WRITERS.get(random.nextInt(WRITERS.size()));
          sql.insert(at, other, random.nextInt(other.length()), other.length());
        }
        default -> {
          int from = sql.indexOf(" ", at);
          if (from >= 0) {
            sql.replace(from, from + 1, SPLICES.get(random.nextInt(SPLICES.size())));
          }
        }
      }
    }
    return sql.toString();
  }

  private static Connection readOnly() throws SQLException {
    Connection connection = database.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET default_transaction_read_only = on");
      statement.execute("SET statement_timeout = '2s'");
    }
    return connection;
  }

  /** The SQLSTATE of what the server says; empty when it does not complain. */
  private static String run(Statement statement, String sql) throws SQLException {
    statement.setEscapeProcessing(false);
    try {
      statement.execute(sql);
      return "";
    } catch (SQLException e) {
      return e.getSQLState();
    }
  }
}
