package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Finding;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

class SchemaDriftTest {
  private static final String SCHEMA =
      """
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE TABLE item (id int PRIMARY KEY, feeling mood, size positive, name text,
                         doubled int GENERATED ALWAYS AS (size * 2) STORED);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      """;

  private final PostgresDatabase blue = SharedPostgres.database(14);
  private final PostgresDatabase green = SharedPostgres.database(18);
  private final PostgresSide primary = TestSides.of(Side.BLUE, blue);
  private final PostgresSide secondary = TestSides.of(Side.GREEN, green);

  @AfterEach
  void close() {
    primary.close();
    secondary.close();
    blue.close();
    green.close();
  }

  @Test
  void schemasOfTwoMajorsThatAreTheSameAreFoundSo() throws Exception {
    blue.execute(TestSides.sql("everything.sql"));
    green.execute(TestSides.sql("everything.sql"));

    assertThat(new SchemaDrift(primary, secondary).inspect(List.of())).isEmpty();
    assertThat(new SchemaDrift(secondary, primary).inspect(List.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TYPE mood ADD VALUE 'fine'; BLOCKER schema-difference public.mood",
        "CREATE TYPE pair AS (a int, b int); BLOCKER schema-difference public.pair",
        "ALTER TABLE item ALTER name SET NOT NULL; BLOCKER schema-difference public.item",
        "CREATE UNIQUE INDEX ON item (name); BLOCKER schema-difference public.item",
        "CREATE SEQUENCE alone; BLOCKER sequence-missing public.alone",
        "ALTER TABLE item ALTER name SET DEFAULT 'new'; WARNING default-differs public.item.name",
        "CREATE VIEW names AS SELECT name FROM item; WARNING view-missing public.names",
        "CREATE FUNCTION half(int) RETURNS int LANGUAGE sql AS 'SELECT $1 / 2';"
            + " WARNING routine-missing public.half(integer)",
        "CREATE TRIGGER noted BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION note();"
            + " WARNING trigger-missing noted ON public.item"
      })
  void whatWasMadeOnThePrimaryAloneIsNamed(String changeAndFinding) throws Exception {
    blue.execute(SCHEMA);
    green.execute(SCHEMA);
    assertThat(new SchemaDrift(primary, secondary).inspect(List.of())).isEmpty();
    int end = changeAndFinding.lastIndexOf("; ");

    blue.execute(changeAndFinding.substring(0, end));

    List<Finding> findings = new SchemaDrift(primary, secondary).inspect(List.of());
    assertThat(findings)
        .extracting(finding -> finding.severity() + " " + finding.code() + " " + finding.subject())
        .containsExactly(changeAndFinding.substring(end + 2));
    assertThat(new SchemaDrift(primary, secondary).inspect(findings))
        .as("what is known already is not repeated")
        .noneMatch(finding -> finding.code().equals("schema-difference"));
  }
}
