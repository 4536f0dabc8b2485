package org.turnout.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.sync.engine.PostgresSyncEngineTest.change;
import static org.turnout.sync.engine.PostgresSyncEngineTest.follow;
import static org.turnout.sync.engine.PostgresSyncEngineTest.prepared;
import static org.turnout.sync.engine.PostgresSyncEngineTest.requireNothingLeft;
import static org.turnout.sync.engine.PostgresSyncEngineTest.route;
import static org.turnout.sync.engine.PostgresSyncEngineTest.rows;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

/** What is given up leaves both databases as they were, also after primaries came and went. */
class RemovalTest {
  private static final String TABLES =
      """
      CREATE TABLE customer (id int PRIMARY KEY, name text);
      CREATE TABLE invoice (id int PRIMARY KEY, customer int REFERENCES customer);
      """;

  private static final String ROWS =
      """
      INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 100) i;
      INSERT INTO invoice SELECT i, i FROM generate_series(1, 100) i;
      """;

  /** As an application may have: it is not meant for those who take a copy away. */
  private static final String NO_TRUNCATE =
      """
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'this table is not to be emptied'; END $$;
      CREATE TRIGGER keep BEFORE TRUNCATE ON customer EXECUTE FUNCTION refuse();
      """;

  private final PostgresDatabase blue = SharedPostgres.database(14);
  private final PostgresDatabase green = SharedPostgres.database(18);

  private SyncEngine following() throws Exception {
    blue.execute(TABLES + ROWS);
    green.execute(TABLES);
    SyncEngine engine = SyncEngines.postgres(route(blue, green, prepared(16L << 30)));
    engine.start(Standing.INITIAL);
    follow(engine);
    return engine;
  }

  @AfterEach
  void close() {
    blue.close();
    green.close();
  }

  @Test
  void aRouteThatWasRolledBackIsGivenUpWithAllItsRowsOnGreen() throws Exception {
    try (SyncEngine engine = following()) {
      green.execute(NO_TRUNCATE);
      Standing standing = change(engine, Standing.INITIAL);
      follow(engine);
      standing = change(engine, standing);
      follow(engine);
      assertThat(standing.primary()).isEqualTo(Side.BLUE);

      engine.remove(false);

      assertThat(engine.status().state()).isEqualTo(SyncStatus.State.OFF);
      assertThat(rows(green, "SELECT count(*)::text FROM customer, invoice")).containsExactly("0");
      assertThat(rows(blue, "SELECT count(*)::text FROM customer")).containsExactly("100");
      green.execute("DROP FUNCTION refuse() CASCADE");
      requireNothingLeft(blue);
      requireNothingLeft(green);
      blue.execute("UPDATE customer SET name = 'written'");
    }
  }

  @Test
  void nobodyWhoReadsOnGreenSeesItsTablesEmptied() throws Exception {
    try (SyncEngine engine = following();
        Connection reader = green.connect();
        Statement statement = reader.createStatement()) {
      statement.execute("SET application_name = 'report'");
      statement.execute("BEGIN READ ONLY");
      statement.execute("SELECT 1");

      assertThatThrownBy(() -> engine.remove(false))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("report, idle in transaction for");

      try (ResultSet row = statement.executeQuery("SELECT count(*) FROM customer")) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(100);
      }
      statement.execute("COMMIT");
      engine.remove(false);
      assertThat(rows(green, "SELECT count(*)::text FROM customer")).containsExactly("0");
      requireNothingLeft(green);
    }
  }
}
