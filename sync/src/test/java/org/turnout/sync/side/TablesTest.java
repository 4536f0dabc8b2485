package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;

class TablesTest {
  private final PostgresDatabase database = SharedPostgres.database(14);
  private final PostgresSide side = TestSides.of(Side.BLUE, database);

  @AfterEach
  void close() {
    side.close();
    database.close();
  }

  @Test
  void findsUserTablesWithoutPartitionsAndWithoutTurnoutsOwn() throws Exception {
    database.execute(TestSides.sql("everything.sql"));
    database.execute("CREATE EXTENSION pg_stat_statements");
    database.execute("CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY)");
    new HelperSchema(List.of()).create(side);

    assertThat(load().keySet())
        .containsExactlyInAnyOrder(
            "Odd Names.Mixed \"Case\"",
            "public.customers",
            "public.empty_table",
            "public.many",
            "public.orders");
  }

  @Test
  void leavesGeneratedColumnsOutAndNamesTypesWithTheirSchema() throws Exception {
    database.execute(TestSides.sql("everything.sql"));
    Map<String, Column> columns =
        load().get("public.customers").columns().stream()
            .collect(Collectors.toMap(Column::name, Function.identity()));

    assertThat(columns).doesNotContainKey("name_length");
    assertThat(columns.get("id").identityAlways()).isTrue();
    assertThat(columns.get("mood").type()).isEqualTo("public.mood");
    assertThat(columns.get("bits").type()).isEqualTo("bit varying(12)");
    assertThat(columns.values().stream().filter(column -> !column.binarySafe()).map(Column::name))
        .containsExactlyInAnyOrder("moods", "home", "relation");
  }

  @Test
  void keyIsThePrimaryKeyElseTheNarrowestUniqueIndexOverNotNullColumns() throws Exception {
    database.execute(
        """
        CREATE TABLE with_primary (a int UNIQUE NOT NULL, c int, b int, PRIMARY KEY (b, c));
        CREATE TABLE with_unique (a int NOT NULL, b int NOT NULL, c int UNIQUE, UNIQUE (b, a));
        CREATE TABLE deferred (a int PRIMARY KEY DEFERRABLE);
        CREATE TABLE partial (a int NOT NULL);
        CREATE UNIQUE INDEX ON partial (a) WHERE a > 0;
        CREATE TABLE expression (a int NOT NULL);
        CREATE UNIQUE INDEX ON expression ((a + 1));
        CREATE TABLE including (a int NOT NULL, b int);
        CREATE UNIQUE INDEX ON including (a) INCLUDE (b);
        CREATE TABLE chosen (a int PRIMARY KEY, b int NOT NULL, c int NOT NULL,
          CONSTRAINT chosen_key UNIQUE (c, b));
        ALTER TABLE chosen REPLICA IDENTITY USING INDEX chosen_key;
        """);
    Map<String, Table> tables = load();

    assertThat(tables.get("public.with_primary").key()).containsExactly("b", "c");
    assertThat(tables.get("public.with_unique").key()).containsExactly("b", "a");
    assertThat(tables.get("public.deferred").key()).isEmpty();
    assertThat(tables.get("public.partial").key()).isEmpty();
    assertThat(tables.get("public.expression").key()).isEmpty();
    assertThat(tables.get("public.including").key()).containsExactly("a");
    assertThat(tables.get("public.chosen").key()).containsExactly("c", "b");
  }

  @Test
  void sizeOfAPartitionedTableIsThatOfItsPartitions() throws Exception {
    database.execute(TestSides.sql("everything.sql"));
    database.execute("ANALYZE orders");
    Table orders = load().get("public.orders");

    assertThat(orders.partitioned()).isTrue();
    assertThat(orders.estimatedRows()).isEqualTo(5000);
    assertThat(orders.bytes()).isGreaterThan(200_000);
  }

  @Test
  void tableWithoutPrimaryKeyTakesUpdatesWhilePublishedAndIsRestoredAfterwards() throws Exception {
    database.execute("CREATE TABLE t (a int NOT NULL UNIQUE, b int); INSERT INTO t VALUES (1, 1)");
    new HelperSchema(ReplicaIdentity.TABLES).create(side);

    ReplicaIdentity.ensure(side);
    database.execute("CREATE PUBLICATION p FOR TABLE t; UPDATE t SET b = 2");
    assertThat(identity()).isEqualTo("i");

    ReplicaIdentity.restore(side);
    assertThat(identity()).isEqualTo("d");
  }

  @Test
  void tableWithoutAnyKeyIsLeftAloneUnlessItsOwnerChoseOnTheOtherSide() throws Exception {
    database.execute("CREATE TABLE t (a int)");
    new HelperSchema(ReplicaIdentity.TABLES).create(side);

    ReplicaIdentity.ensure(side);
    assertThat(identity()).isEqualTo("d");
    ReplicaIdentity.ensureAlsoWithoutKey(side);
    assertThat(identity()).isEqualTo("f");
    ReplicaIdentity.restore(side);
    assertThat(identity()).isEqualTo("d");
  }

  private String identity() throws Exception {
    try (Connection connection = side.control();
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT relreplident FROM pg_class WHERE oid = 'public.t'::regclass")) {
      row.next();
      return row.getString(1);
    }
  }

  private Map<String, Table> load() throws Exception {
    try (Connection connection = side.control()) {
      return Tables.load(connection).stream()
          .collect(Collectors.toMap(Table::displayName, Function.identity()));
    }
  }
}
