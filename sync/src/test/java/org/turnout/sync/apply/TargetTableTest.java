package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.side.Column;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

class TargetTableTest {
  @Test
  void equalityIsThatOfTheTypeBelowAllDomainsForBothSides() throws Exception {
    try (PostgresDatabase database = SharedPostgres.database(18);
        PostgresSide side = TestSides.of(Side.GREEN, database);
        Connection connection = side.control()) {
      database.execute(
          """
          CREATE EXTENSION citext;
          CREATE DOMAIN word AS citext;
          CREATE DOMAIN name AS word CHECK (VALUE <> '');
          CREATE TABLE t (id public.name PRIMARY KEY, n int, note json);
          """);

      Map<String, TargetTable.TargetColumn> target =
          TargetTable.load(connection, "public", "t").orElseThrow().columns();

      assertThat(target.keySet()).containsExactly("id", "n", "note");
      assertThat(target.get("id").equality()).isEqualTo("OPERATOR(public.=)");
      assertThat(target.get("n").equality()).isEqualTo("OPERATOR(pg_catalog.=)");
      assertThat(target.get("note").ordered()).isFalse();
      Table table = Tables.load(connection).getFirst();
      assertThat(table.columns().stream().collect(Collectors.toMap(Column::name, Column::equality)))
          .isEqualTo(
              target.entrySet().stream()
                  .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().equality())));
    }
  }
}
