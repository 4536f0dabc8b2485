package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.HostPort;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/** How the program is called, and what is made of its answer. */
class PgDumpTest {
  private final PostgresSide side =
      new PostgresSide(
          TestSides.ROUTE,
          Side.BLUE,
          new SideConfig(
              new HostPort("blue.example", 6000),
              "shop's",
              "turnout",
              Optional.of(new Secret("the secret"))));

  @TempDir Path machine;

  @AfterEach
  void close() {
    side.close();
  }

  @Test
  void programIsToldWhomToAskAndTheSecretOnlyByItsEnvironment() throws Exception {
    StandInDump dump = StandInDump.write(machine, 15);

    PgDump.of(dump.path()).orElseThrow().schema(side, "pre-data");

    assertThat(dump.calls())
        .singleElement()
        .asString()
        .startsWith("turnout the secret  --schema-only --section=pre-data")
        .contains("--exclude-schema=turnout", "--no-password", "--host=blue.example")
        .contains("--port=6000", "--username=turnout", "--dbname=dbname='shop\\'s'")
        .doesNotContain("--password");
  }

  @Test
  void programThatOnlyWarnsIsTakenAtItsWord() throws Exception {
    StandInDump dump =
        StandInDump.write(machine, 15)
            .warns("pg_dump: warning: there are circular foreign-key constraints on this table:")
            .writes("CREATE TABLE public.a (id integer NOT NULL);", "");

    assertThat(PgDump.of(dump.path()).orElseThrow().schema(side, "pre-data"))
        .endsWith("CREATE TABLE public.a (id integer NOT NULL)");
  }
}
