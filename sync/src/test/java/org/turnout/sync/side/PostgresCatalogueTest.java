package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SideCatalogue.ReadCatalogue;
import org.turnout.sync.SyncException;

class PostgresCatalogueTest {
  private final PostgresDatabase database = SharedPostgres.database(14);
  private final PostgresSide side = TestSides.of(Side.BLUE, database);

  @AfterEach
  void close() {
    side.close();
    database.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void functionsOfTheServerAreSortedByWhatTheyDo(int major) throws Exception {
    try (PostgresDatabase empty = SharedPostgres.database(major);
        PostgresSide other = TestSides.of(Side.GREEN, empty)) {
      ReadCatalogue catalogue = new PostgresCatalogue(other).readCatalogue();

      assertThat(catalogue.safeFunctions())
          .contains(
              "lower",
              "count",
              "sum",
              "now",
              "jsonb_agg",
              "to_char",
              "generate_series",
              "date_trunc",
              "pg_typeof")
          .doesNotContain(
              "nextval",
              "random",
              "pg_sleep",
              "txid_current",
              "current_setting",
              "pg_backend_pid",
              "set_config",
              "pg_advisory_lock",
              "version",
              "query_to_xml",
              "table_to_xml");
      assertThat(catalogue.unsafeNames())
          .contains("pg_class", "pg_stat_activity", "pg_proc")
          .doesNotContain("version", "random", "nextval", "txid_current");
      assertThat(catalogue.safeRelations()).isEmpty();
      assertThat(catalogue.unsafeOperators()).isEmpty();
    }
  }

  @Test
  void functionsOfUsersAreNotTrustedWhateverTheyClaim() throws Exception {
    database.execute(
        """
        CREATE FUNCTION honest(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
        CREATE SCHEMA s;
        CREATE FUNCTION s.lower(int) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT $1';
        CREATE FUNCTION writes(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE AGGREGATE totals(int) (SFUNC = writes, STYPE = int);
        CREATE OPERATOR ##-# (LEFTARG = int, RIGHTARG = int, FUNCTION = writes);
        """);
    ReadCatalogue catalogue = new PostgresCatalogue(side).readCatalogue();

    assertThat(catalogue.safeFunctions()).doesNotContain("honest", "lower", "writes", "totals");
    assertThat(catalogue.unsafeOperators()).contains("##-#");
  }

  @Test
  void columnsMayBearTheNamesOfFunctionsThatNeedAParenthesis() throws Exception {
    database.execute(
        """
        CREATE TABLE account (id int PRIMARY KEY);
        CREATE DOMAIN whole AS account;
        CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION number(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION two(account, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION row_of(account) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION domain_of(whole) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION defaulted(account, int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION "Any"(anyelement) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION overloaded() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION overloaded(record) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        CREATE FUNCTION many(VARIADIC anyarray) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION "Lower"(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        """);
    ReadCatalogue catalogue = new PostgresCatalogue(side).readCatalogue();

    assertThat(catalogue.unsafeNames())
        .contains("row_of", "domain_of", "defaulted", "Any", "any", "overloaded", "many")
        .doesNotContain("nothing", "number", "two");
    assertThat(catalogue.safeFunctions())
        .doesNotContain("nothing", "number", "two", "row_of", "overloaded", "lower");
  }

  @Test
  void rowsThatBecomeNumbersByThemselvesMayCallFunctionsOfNumbers() throws Exception {
    database.execute(
        """
        CREATE TYPE t AS (a int);
        CREATE FUNCTION number(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION convert(t) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE CAST (t AS int) WITH FUNCTION convert(t) AS IMPLICIT;
        """);

    assertThat(new PostgresCatalogue(side).readCatalogue().unsafeNames()).contains("number");
  }

  @Test
  void onlyMovedTablesWhoseReadingRunsNothingElseAreSafe() throws Exception {
    database.execute(
        """
        CREATE TABLE plain (id int PRIMARY KEY);
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE part PARTITION OF parts DEFAULT;
        CREATE UNLOGGED TABLE fleeting (id int);
        CREATE TABLE parent (id int PRIMARY KEY);
        CREATE UNLOGGED TABLE child () INHERITS (parent);
        CREATE TABLE halves (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE UNLOGGED TABLE half PARTITION OF halves DEFAULT;
        CREATE TABLE secured (id int PRIMARY KEY);
        ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
        CREATE VIEW seen AS SELECT * FROM plain;
        CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
        CREATE SCHEMA s;
        CREATE TABLE twice (id int PRIMARY KEY);
        CREATE VIEW s.twice AS SELECT 1;
        CREATE VIEW "Mixed" AS SELECT 1;
        CREATE TYPE t AS (a int);
        CREATE FUNCTION convert(t) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT 1';
        CREATE CAST (t AS int) WITH FUNCTION convert(t) AS IMPLICIT;
        CREATE TABLE casting (id int PRIMARY KEY, value t);
        """);
    new HelperSchema(java.util.List.of()).create(side);
    ReadCatalogue catalogue = new PostgresCatalogue(side).readCatalogue();

    assertThat(catalogue.safeRelations()).containsExactlyInAnyOrder("plain", "parts", "part");
    assertThat(catalogue.unsafeNames())
        .contains(
            "fleeting",
            "parent",
            "halves",
            "secured",
            "seen",
            "kept",
            "twice",
            "Mixed",
            "mixed",
            "casting",
            "t",
            "stream")
        .doesNotContain("plain");
  }

  @Test
  void columnsAndTypesOfUsersAreKnownByTheirNumbers() throws Exception {
    database.execute(
        """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TYPE pair AS (a mood, b int);
        CREATE TABLE "Day" (gone int, id int PRIMARY KEY, "how.is" mood, several mood[]);
        ALTER TABLE "Day" DROP COLUMN gone;
        """);
    Map<String, Long> identifiers = new PostgresCatalogue(side).identifiers();

    assertThat(identifiers.keySet())
        .containsExactlyInAnyOrder(
            "type public.mood",
            "column public.\"Day\".id",
            "column public.\"Day\".\"how.is\"",
            "column public.\"Day\".several");
    assertThat(identifiers.get("column public.\"Day\".id") & 0xffff).isEqualTo(2);
    assertThat(identifiers.get("type public.mood")).isGreaterThanOrEqualTo(16384);
  }

  @Test
  void verifierIsReadAsTheServerStoresIt() throws Exception {
    String role = "role_" + database.name();
    database.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'secret'");
    PostgresCatalogue catalogue = new PostgresCatalogue(side);

    assertThat(catalogue.passwordVerifier(role).orElseThrow()).startsWith("SCRAM-SHA-256$4096:");
    assertThat(catalogue.passwordVerifier("nobody of this name")).isEmpty();
    try (PostgresSide limited = TestSides.of(Side.BLUE, database, role, Optional.empty())) {
      assertThatThrownBy(() -> new PostgresCatalogue(limited).passwordVerifier(role))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("turnout.password_verifier(text)");
    }
  }

  @Test
  void verifierIsReadByTheFunctionOfAnAdministrator() throws Exception {
    String role = "reader_" + database.name();
    database.execute(
        "CREATE ROLE "
            + role
            + " LOGIN PASSWORD 'secret';CREATE SCHEMA turnout; GRANT USAGE ON SCHEMA turnout TO"
            + " public;CREATE FUNCTION turnout.password_verifier(text) RETURNS text SECURITY"
            + " DEFINER LANGUAGE sql AS 'SELECT rolpassword FROM pg_authid WHERE rolname = $1'");
    try (PostgresSide limited = TestSides.of(Side.BLUE, database, role, Optional.empty())) {
      assertThat(new PostgresCatalogue(limited).passwordVerifier(role).orElseThrow())
          .startsWith("SCRAM-SHA-256$");
    }
  }
}
