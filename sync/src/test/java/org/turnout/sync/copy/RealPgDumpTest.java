package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

/**
 * That what the recorded dumps say is what a program of this machine says; left out where there is
 * none of major 14 or newer.
 */
class RealPgDumpTest {
  @Test
  void whereAPgDumpIsInstalledItsOwnWordsMakeTheSchema() throws Exception {
    DumpPrograms machine = DumpPrograms.ofThisMachine();
    assumeTrue(machine.find(14, 18).isPresent(), "no pg_dump of major 14 or newer is installed");
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      Copies.HELPERS.create(source);
      Copies.HELPERS.create(target);
      blue.execute(TestSides.sql("everything.sql"));
      ReplicaIdentity.ensure(source);
      SyncConfig config = new SyncConfig(2, SyncConfig.Schema.DUMP, 1 << 30, 1 << 20);
      SchemaCopy copy = new SchemaCopy(source, target, config, machine);

      copy.prepare();
      copy.finishRows();

      assertThat(copy.finishConsistent()).isEmpty();
      assertThat(tables(target)).isEqualTo(tables(source));
    }
  }

  private static List<String> tables(PostgresSide side) throws Exception {
    try (Connection connection = side.control()) {
      return Tables.load(connection).stream().map(RealPgDumpTest::description).toList();
    }
  }

  private static String description(Table table) {
    return table.sqlName() + table.columns() + table.key() + table.partitioned();
  }
}
