package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.Side;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

class SchemaCopyTest {
  private static final HelperSchema HELPERS = Copies.HELPERS;

  private final PostgresDatabase blue = SharedPostgres.database(14);
  private final PostgresDatabase green = SharedPostgres.database(18);
  private final PostgresSide source = TestSides.of(Side.BLUE, blue);
  private final PostgresSide target = TestSides.of(Side.GREEN, green);
  private StandInDump dump;

  @TempDir Path machine;

  @BeforeEach
  void create() throws Exception {
    HELPERS.create(source);
    HELPERS.create(target);
    dump = StandInDump.write(machine, 15);
  }

  /** Blue with tables of all kinds, as a pg_dump 15 of it says. */
  private void everything() throws Exception {
    blue.execute(TestSides.sql("everything.sql"));
    dump.recorded(
        TestSides.sql("everything.pre-data.sql"), TestSides.sql("everything.post-data.sql"));
  }

  @AfterEach
  void close() {
    source.close();
    target.close();
    blue.close();
    green.close();
  }

  @Test
  void dumpBringsTablesThenKeysIndexesTriggersForeignKeysAndSequences() throws Exception {
    everything();
    ReplicaIdentity.ensure(source);
    SchemaCopy copy = copy(SyncConfig.Schema.AUTO);

    copy.prepare();
    assertThat(
            count(
                green,
                "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                    + " WHERE relnamespace = 'public'::regnamespace"))
        .isZero();

    copy.finishRows();
    assertThat(copy.finishConsistent()).isEmpty();

    assertThat(tables(target)).isEqualTo(tables(source));
    assertThat(
            count(green, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"))
        .isPositive();
    assertThat(count(green, "SELECT count(*) FROM pg_trigger WHERE tgname = 'touch'")).isOne();
    assertThat(count(green, "SELECT count(*) FROM pg_matviews WHERE ispopulated")).isOne();
    assertThat(count(green, "SELECT last_value FROM standalone")).isEqualTo(1005);
    assertThat(count(green, "SELECT last_value FROM downwards")).isEqualTo(-1);
    assertThat(count(green, "SELECT last_value FROM untouched")).isEqualTo(1);
    assertThat(count(green, "SELECT count(*) FROM pg_class WHERE relreplident = 'i'")).isZero();
  }

  @Test
  void everyStepMayRunAgain() throws Exception {
    everything();
    SchemaCopy copy = copy(SyncConfig.Schema.DUMP);

    for (int i = 0; i < 2; i++) {
      copy.prepare();
      copy.finishRows();
      copy.finishConsistent();
    }

    assertThat(tables(target)).isEqualTo(tables(source));
  }

  @Test
  void schemaWhoseRowsWereRemovedIsFitForALaterSync() throws Exception {
    everything();
    SchemaCopy first = copy(SyncConfig.Schema.AUTO);
    first.finishEmptied();
    first.prepare();
    first.finishEmptied();
    HelperSchema.remove(target);
    HELPERS.create(target);

    SchemaCopy later = copy(SyncConfig.Schema.AUTO);
    assertThat(later.inspect()).isEmpty();
    later.prepare();
    assertThat(text(green, "SELECT origin FROM turnout.schema_copy")).isEqualTo("PREPARED");
  }

  @Test
  void settingsOfTheDatabaseComeAlong() throws Exception {
    blue.execute(
        "ALTER DATABASE %1$s SET search_path = shop, public; ALTER DATABASE %1$s SET work_mem = '9MB'"
            .formatted(blue.name()));
    green.execute("ALTER DATABASE %s SET work_mem = '5MB'".formatted(green.name()));

    copy(SyncConfig.Schema.DUMP).prepare();

    assertThat(text(green, "SHOW search_path")).isEqualTo("shop, public");
    assertThat(text(green, "SHOW work_mem")).isEqualTo("5MB");
  }

  @Test
  void goesOnAfterTheStepThatFailed() throws Exception {
    blue.execute(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, n int);"
            + " CREATE INDEX b_n ON b (n)");
    dump.writes(
        """
        CREATE TABLE public.a (id integer NOT NULL);
        CREATE TABLE public.b (id integer NOT NULL, n integer);
        """,
        """
        ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);
        ALTER TABLE ONLY public.b ADD CONSTRAINT b_pkey PRIMARY KEY (id);
        CREATE INDEX b_n ON public.b USING btree (n);
        """);
    SchemaCopy copy = copy(SyncConfig.Schema.DUMP);
    copy.prepare();
    green.execute("INSERT INTO b VALUES (1), (1)");

    assertThatThrownBy(copy::finishRows)
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("green")
        .hasMessageContaining("ALTER TABLE ONLY public.b");

    green.execute("TRUNCATE b");
    copy.finishRows();
    assertThat(count(green, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"))
        .isEqualTo(3);
  }

  @Test
  void missingRolesAreMadeWithTheirAttributesAndVerifiers() throws Exception {
    String role = "app_" + blue.name();
    String group = "group_" + blue.name();
    blue.execute(
        "CREATE TABLE t (id int PRIMARY KEY); CREATE ROLE %2$s; CREATE ROLE %1$s LOGIN CREATEDB PASSWORD 'secret' IN ROLE %2$s;"
                .formatted(role, group)
            + " ALTER ROLE %1$s SET search_path = \"$user\", shop; ALTER ROLE %1$s SET work_mem = '5MB'; ALTER TABLE t OWNER TO %1$s"
                .formatted(role));
    dump.writes(
        """
        CREATE TABLE public.t (id integer NOT NULL);
        ALTER TABLE public.t OWNER TO %s;
        """
            .formatted(role),
        "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);");

    copy(SyncConfig.Schema.DUMP).prepare();

    assertThat(text(green, verifier(role))).isEqualTo(text(blue, verifier(role)));
    assertThat(text(green, "SELECT tableowner FROM pg_tables WHERE tablename = 't'"))
        .isEqualTo(role);
    assertThat(text(green, "SELECT pg_has_role('" + role + "', '" + group + "', 'member')"))
        .isEqualTo("t");
    String settings =
        "SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = '" + role + "'::regrole";
    assertThat(text(green, settings)).isEqualTo(text(blue, settings));
  }

  @Test
  void targetThatHoldsTablesIsRefusedForADump() {
    green.execute("CREATE TABLE other (id int PRIMARY KEY)");

    assertThatThrownBy(() -> copy(SyncConfig.Schema.DUMP).prepare())
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("public.other");
  }

  @Test
  void tablesOfTheOperatorAreComparedColumnByColumn() throws Exception {
    blue.execute(
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood, n int NOT"
            + " NULL, g int); CREATE TABLE u (id int PRIMARY KEY)");
    green.execute(
        "CREATE TYPE mood AS ENUM ('b', 'a'); CREATE TABLE t (id int PRIMARY KEY, m mood, n bigint,"
            + " extra text)");

    assertThatThrownBy(() -> copy(SyncConfig.Schema.PREPARED).prepare())
        .isInstanceOf(SyncException.class)
        .extracting(
            e -> ((SyncException) e).findings(), InstanceOfAssertFactories.list(Finding.class))
        .extracting(finding -> finding.subject() + ": " + finding.message())
        .containsExactlyInAnyOrder(
            "public.mood: type is ENUM ('a', 'b') on the primary, ENUM ('b', 'a') on green.",
            "public.t: n is integer NOT NULL on the primary, bigint on green.",
            "public.t: g is integer on the primary, absent on green.",
            "public.t: extra is absent on the primary, text on green.",
            "public.u: It is missing on green.");
  }

  @Test
  void tablesOfTheOperatorThatHoldRowsAreNeverEmptied() throws Exception {
    blue.execute("CREATE TABLE t (id int PRIMARY KEY)");
    green.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");

    assertThatThrownBy(() -> copy(SyncConfig.Schema.AUTO).prepare())
        .hasMessageContaining("already holds rows");
    assertThat(count(green, "SELECT count(*) FROM t")).isOne();

    green.execute("TRUNCATE t");
    copy(SyncConfig.Schema.AUTO).prepare();
  }

  @Test
  void failureOfTheDumpedSchemaLeavesNothing() {
    blue.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS one");
    green.execute("CREATE VIEW v AS SELECT 2 AS two");
    dump.writes(
        """
        CREATE TABLE public.a (id integer NOT NULL);
        CREATE VIEW public.v AS
         SELECT 1 AS one;
        """,
        "");

    assertThatThrownBy(() -> copy(SyncConfig.Schema.DUMP).prepare())
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("CREATE VIEW public.v");
    assertThat(text(green, "SELECT to_regclass('public.a') IS NULL")).isEqualTo("t");
  }

  @Test
  void programThatFailsIsQuotedAndLeavesNothing() {
    blue.execute("CREATE TABLE a (id int PRIMARY KEY)");
    dump.fails("pg_dump: error: query failed: ERROR:  permission denied for table a");

    assertThatThrownBy(() -> copy(SyncConfig.Schema.AUTO).prepare())
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("blue")
        .hasMessageContaining(dump.path().toString())
        .hasMessageContaining("permission denied for table a");
    assertThat(text(green, "SELECT count(*) FROM turnout.schema_copy")).isEqualTo("0");
  }

  @Test
  void withoutAFittingProgramTheOperatorIsToldBothWaysOut() throws Exception {
    blue.execute("CREATE TABLE a (id int PRIMARY KEY)");
    dump = StandInDump.write(machine, 13);

    assertThat(copy(SyncConfig.Schema.AUTO).inspect())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo("no-pg-dump");
              assertThat(finding.message()).contains("no pg_dump of major 14 or newer");
              assertThat(finding.advice())
                  .contains("postgresql-client-18", "create the schema on green");
            });
    assertThatThrownBy(() -> copy(SyncConfig.Schema.AUTO).prepare())
        .hasMessageContaining("no pg_dump of major 14 or newer");
  }

  @Test
  void schemaOfTheOperatorTakesTheRowsWithoutAnyProgram() throws Exception {
    blue.execute(TestSides.sql("everything.sql"));
    green.execute(TestSides.sql("everything.sql"));
    green.execute(
        "TRUNCATE customers, orders, many, \"Odd Names\".\"Mixed \"\"Case\"\"\"; DROP TABLE"
            + " empty_table; CREATE TABLE empty_table (id int PRIMARY KEY, value varchar(3))");
    dump = StandInDump.write(machine, 13);
    SchemaCopy copy = copy(SyncConfig.Schema.AUTO);

    assertThat(copy.inspect())
        .singleElement()
        .extracting(finding -> finding.subject() + ": " + finding.message())
        .isEqualTo(
            "public.empty_table: value is text on the primary, character varying(3) on green.");

    green.execute("ALTER TABLE empty_table ALTER value TYPE text");
    copy.prepare();
    copy.finishRows();
    assertThat(copy.finishConsistent()).isEmpty();
    assertThat(text(green, "SELECT origin FROM turnout.schema_copy")).isEqualTo("PREPARED");
    assertThat(count(green, "SELECT last_value FROM standalone")).isEqualTo(1005);
  }

  private SchemaCopy copy(SyncConfig.Schema schema) {
    return new SchemaCopy(
        source, target, new SyncConfig(2, schema, 1 << 30, 1 << 20), dump.alone());
  }

  private static String verifier(String role) {
    return "SELECT rolpassword || rolcreatedb FROM pg_authid WHERE rolname = '" + role + "'";
  }

  private static List<String> tables(PostgresSide side) throws Exception {
    List<String> tables = new ArrayList<>();
    try (Connection connection = side.control()) {
      Tables.load(connection)
          .forEach(t -> tables.add(t.sqlName() + t.columns() + t.key() + t.partitioned()));
    }
    return tables;
  }

  private static long count(PostgresDatabase database, String sql) {
    return Long.parseLong(text(database, sql));
  }

  private static String text(PostgresDatabase database, String sql) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }
}
