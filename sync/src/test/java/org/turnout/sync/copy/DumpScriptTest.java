package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DumpScriptTest {
  @Test
  void leavesCommentsAndCommandsOfPsqlOut() {
    assertThat(
            DumpScript.split(
                """
                --
                -- PostgreSQL; database dump
                --
                \\restrict abc
                SET x = 1;

                -- Name: t; Type: TABLE
                CREATE TABLE t (
                    a int -- why
                );
                \\unrestrict abc
                """))
        .containsExactly("SET x = 1", "CREATE TABLE t (\n    a int \n)");
  }

  @Test
  void semicolonsInQuotesEndNothing() {
    assertThat(
            DumpScript.split(
                "COMMENT ON TABLE \"a;b\" IS 'it''s; \\'; SELECT E'a\\';b'; SELECT $x$;$y$;$x$;"
                    + " SELECT $$;$$;"))
        .containsExactly(
            "COMMENT ON TABLE \"a;b\" IS 'it''s; \\'",
            "SELECT E'a\\';b'",
            "SELECT $x$;$y$;$x$",
            "SELECT $$;$$");
  }

  @Test
  void bodiesOfRoutinesAndRulesStayWhole() {
    String function =
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1"
            + " END; SELECT 2; END";
    String procedure = "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END";
    String rule = "CREATE RULE r AS ON INSERT TO t DO (NOTIFY x; NOTIFY y;)";

    assertThat(DumpScript.split(function + ";" + procedure + ";\n" + rule + ";SELECT 1"))
        .containsExactly(function, procedure, rule, "SELECT 1");
  }

  @Test
  void dollarInsideANameOpensNoQuote() {
    assertThat(DumpScript.split("CREATE TABLE a$b$ (x int); SELECT $1")).hasSize(2);
  }

  @Test
  void unterminatedTextEndsWithTheScript() {
    assertThat(DumpScript.split("SELECT 'a;")).containsExactly("SELECT 'a;");
    assertThat(DumpScript.split("SELECT $$a;")).containsExactly("SELECT $$a;");
    assertThat(DumpScript.split("/* a")).containsExactly("/* a");
  }
}
