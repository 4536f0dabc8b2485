package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;

class InspectionTest {
  private final PostgresDatabase blue = SharedPostgres.database(14);
  private final PostgresDatabase green = SharedPostgres.database(18);
  private final PostgresSide source = TestSides.of(Side.BLUE, blue);
  private final PostgresSide target = TestSides.of(Side.GREEN, green);

  @AfterEach
  void close() {
    source.close();
    target.close();
    blue.close();
    green.close();
  }

  @Test
  void nothingStopsTwoGoodSides() throws Exception {
    blue.execute(TestSides.sql("everything.sql"));

    assertThat(codes()).contains("materialised-view").allMatch(code -> !isBlocker(code));
  }

  @Test
  void eachThingThatCannotBeMovedIsNamedWithWhatToDo() throws Exception {
    blue.execute(
        """
        CREATE TABLE keyless (a int);
        CREATE TABLE loose (a int);
        ALTER TABLE loose REPLICA IDENTITY FULL;
        CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a) STORED);
        ALTER TABLE computed REPLICA IDENTITY FULL;
        CREATE TABLE parts (a int NOT NULL UNIQUE) PARTITION BY LIST (a);
        CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY);
        CREATE MATERIALIZED VIEW kept AS SELECT 1;
        SELECT lo_create(0);
        """);
    try (Connection connection = blue.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_create_logical_replication_slot('other_" + blue.name() + "', 'pgoutput')");
      statement.execute(
          "BEGIN; CREATE TABLE t (id int PRIMARY KEY); PREPARE TRANSACTION 'open "
              + blue.name()
              + "'");
      List<Finding> findings = new Inspection(source, target).inspect();

      assertThat(findings)
          .extracting(
              finding -> finding.severity() + " " + finding.code() + " " + finding.subject())
          .contains(
              "BLOCKER table-without-key public.keyless",
              "BLOCKER table-without-key public.computed",
              "WARNING table-with-full-identity public.loose",
              "BLOCKER partitioned-without-primary-key public.parts",
              "BLOCKER prepared-transaction blue: open " + blue.name(),
              "BLOCKER large-objects blue",
              "WARNING unlogged-table public.fleeting",
              "WARNING materialised-view public.kept",
              "WARNING foreign-slot blue: other_" + blue.name());
      assertThat(findings)
          .filteredOn(finding -> finding.subject().equals("public.keyless"))
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.advice())
                      .contains("ALTER TABLE \"public\".\"keyless\" ADD PRIMARY KEY (…);")
                      .contains("ALTER TABLE \"public\".\"keyless\" REPLICA IDENTITY FULL;"));
      assertThat(findings).allMatch(finding -> !finding.advice().isEmpty());
      assertThat(findings).extracting(Finding::severity).isSorted();
      statement.execute("ROLLBACK PREPARED 'open " + blue.name() + "'");
    }
  }

  @Test
  void whatFiresForRowsThatOnlyArriveIsNamedOnEitherSide() throws Exception {
    String sql =
        """
        CREATE TABLE audited (id int PRIMARY KEY);
        CREATE TABLE audit (id int PRIMARY KEY);
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER usual AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TRIGGER always AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TRIGGER "On Replicas" AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TRIGGER everywhere AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION note();
        CREATE RULE usual_too AS ON DELETE TO audited DO ALSO DELETE FROM audit;
        CREATE RULE ruled AS ON INSERT TO audited DO ALSO INSERT INTO audit VALUES (NEW.id);
        """;
    blue.execute(sql);
    green.execute(sql);
    assertThat(codes()).noneMatch(InspectionTest::isBlocker);
    String firing =
        """
        ALTER TABLE audited ENABLE ALWAYS TRIGGER always;
        ALTER TABLE audited ENABLE REPLICA TRIGGER "On Replicas";
        ALTER TABLE parts ENABLE ALWAYS TRIGGER everywhere;
        ALTER TABLE audited ENABLE ALWAYS RULE ruled;
        """;
    blue.execute(firing);
    green.execute("ALTER TABLE audited ENABLE ALWAYS TRIGGER always");

    assertThat(new Inspection(source, target).inspect())
        .filteredOn(finding -> finding.severity() == Severity.BLOCKER)
        .extracting(finding -> finding.code() + " " + finding.subject() + " " + named(finding))
        .containsExactlyInAnyOrder(
            "trigger-fires-on-secondary blue: public.audited \"always\"",
            "trigger-fires-on-secondary blue: public.audited \"On Replicas\"",
            "trigger-fires-on-secondary blue: public.parts \"everywhere\"",
            "trigger-fires-on-secondary green: public.audited \"always\"",
            "rule-fires-on-secondary blue: public.audited \"ruled\"");
  }

  private static String named(Finding finding) {
    return finding.message().replaceFirst("[^\"]*(\"[^\"]*\").*", "$1");
  }

  @Test
  void aPartitionWhoseChangesAreInNoLogIsABlocker() throws Exception {
    blue.execute(
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);"
            + "CREATE UNLOGGED TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10)");

    assertThat(codes()).contains("BLOCKER unlogged-partition");
  }

  @Test
  void aPartitionThatNamesItsRowsOtherwiseThanItsRootIsABlocker() throws Exception {
    blue.execute(
        """
        CREATE TABLE parts (id int PRIMARY KEY, code int NOT NULL) PARTITION BY RANGE (id);
        CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
        CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
        CREATE UNIQUE INDEX by_code ON parts_high (code);
        CREATE UNIQUE INDEX by_id ON parts_low (id);
        ALTER TABLE parts_low REPLICA IDENTITY USING INDEX by_id;
        CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a), UNIQUE (a, b))
          PARTITION BY RANGE (a);
        CREATE TABLE pairs_low PARTITION OF pairs FOR VALUES FROM (0) TO (10);
        CREATE TABLE pairs_high PARTITION OF pairs FOR VALUES FROM (10) TO (20);
        ALTER TABLE pairs_high REPLICA IDENTITY FULL;
        """);
    assertThat(codes()).noneMatch(InspectionTest::isBlocker);
    blue.execute(
        "ALTER TABLE parts_high REPLICA IDENTITY USING INDEX by_code;"
            + "ALTER TABLE ONLY pairs REPLICA IDENTITY USING INDEX pairs_a_b_key");

    assertThat(new Inspection(source, target).inspect())
        .filteredOn(finding -> finding.severity() == Severity.BLOCKER)
        .extracting(finding -> finding.code() + " " + finding.subject())
        .containsExactly(
            "partition-with-other-identity public.pairs_low",
            "partition-with-other-identity public.parts_high");
  }

  @Test
  void missingExtensionsAndRolesAreNamed() throws Exception {
    blue.execute("CREATE EXTENSION hstore; CREATE ROLE only_" + blue.name() + " LOGIN");

    assertThat(new Inspection(source, target).inspect())
        .anyMatch(finding -> finding.subject().equals("only_" + blue.name()))
        .noneMatch(finding -> finding.code().equals("extension-missing"));
  }

  @Test
  void roleWithoutRightsIsToldWhichItLacks() throws Exception {
    String role = "limited_" + blue.name();
    blue.execute(
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE ROLE "
            + role
            + " LOGIN");
    try (PostgresSide limited = TestSides.of(Side.BLUE, blue, role, Optional.empty())) {
      assertThat(new Inspection(limited, target).inspect())
          .filteredOn(finding -> finding.severity() == Severity.BLOCKER)
          .extracting(Finding::code)
          .contains(
              "role-replication",
              "role-create",
              "role-triggers",
              "no-select",
              "not-owner",
              "row-security");
    }
  }

  @Test
  void rightThatManyTablesLackIsNamedOnceWithTheTables() throws Exception {
    String role = "many_" + blue.name();
    StringBuilder sql = new StringBuilder("CREATE ROLE " + role + " LOGIN;");
    for (int table = 10; table < 22; table++) {
      sql.append("CREATE TABLE t" + table + " (id int PRIMARY KEY);");
    }
    blue.execute(sql.toString());
    try (PostgresSide limited = TestSides.of(Side.BLUE, blue, role, Optional.empty())) {
      assertThat(new Inspection(limited, target).inspect())
          .filteredOn(finding -> finding.code().equals("no-select"))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject())
                    .startsWith("public.t10, public.t11, ")
                    .endsWith("public.t19 and 2 more");
                assertThat(finding.message()).isEqualTo("Turnout's role may not read 12 tables.");
              });
    }
  }

  @Test
  void serverWithoutLogicalDecodingIsToldWhatToSet() throws Exception {
    try (PostgresServer server =
            PostgresServer.builder(14).setting("wal_level", "replica").start();
        PostgresDatabase plain = PostgresDatabase.create(server, "plain");
        PostgresSide side = TestSides.of(Side.BLUE, plain)) {
      assertThat(new Inspection(side, target).inspect())
          .filteredOn(finding -> finding.code().equals("wal-level"))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject()).isEqualTo("blue");
                assertThat(finding.advice()).contains("wal_level = logical");
              });
    }
  }

  @Test
  void serverWhoseCommitsWouldWaitForTurnoutIsABlocker() throws Exception {
    try (PostgresServer server =
            PostgresServer.builder(18)
                .setting("synchronous_standby_names", "FIRST 1 (near, *)")
                .setting("synchronous_commit", "local")
                .start();
        PostgresDatabase waiting = PostgresDatabase.create(server, "waiting");
        PostgresSide side = TestSides.of(Side.GREEN, waiting)) {
      assertThat(new Inspection(source, side).inspect())
          .filteredOn(finding -> finding.code().equals("synchronous-standby"))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.severity()).isEqualTo(Severity.BLOCKER);
                assertThat(finding.subject()).isEqualTo("green");
                assertThat(finding.message()).contains("'FIRST 1 (near, *)'");
              });
    }
  }

  @Test
  void sidesThatAreOneDatabaseAreRefused() throws Exception {
    assertThat(new Inspection(source, TestSides.of(Side.GREEN, blue)).inspect())
        .extracting(Finding::code)
        .contains("same-database");
  }

  @Test
  void schemaOfSomeoneElseNamedTurnoutIsABlocker() throws Exception {
    green.execute("CREATE SCHEMA turnout; CREATE TABLE turnout.trains (id int)");

    assertThat(new Inspection(source, target).inspect())
        .anyMatch(f -> f.code().equals("schema-turnout") && f.subject().equals("green"));
  }

  @Test
  void versionsAreComparedByTheirNumbers() {
    assertThat(DifferenceInspection.isOlder("1.9", "1.10")).isTrue();
    assertThat(DifferenceInspection.isOlder("1.10", "1.9")).isFalse();
    assertThat(DifferenceInspection.isOlder("3.4", "3.4.1")).isTrue();
    assertThat(DifferenceInspection.isOlder("1.0", "1.0")).isFalse();
  }

  private List<String> codes() throws Exception {
    return new Inspection(source, target)
        .inspect().stream()
            .map(f -> f.severity() + " " + f.code())
            .map(c -> c.replace("WARNING ", ""))
            .toList();
  }

  private static boolean isBlocker(String code) {
    return code.startsWith("BLOCKER");
  }
}
