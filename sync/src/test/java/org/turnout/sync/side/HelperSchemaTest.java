package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SyncException;
import org.turnout.sync.switchover.DecisionRecords;

class HelperSchemaTest {
  @Test
  void removalGivesWayToAReaderOfATableWithATriggerAndNamesIt() throws Exception {
    try (PostgresDatabase database = SharedPostgres.database(14);
        PostgresSide side = TestSides.of(Side.BLUE, database);
        Connection reader = database.connect()) {
      new HelperSchema(DecisionRecords.STATEMENTS).create(side);
      database.execute("CREATE TABLE item (id int PRIMARY KEY)");
      database.execute(
          "CREATE TRIGGER fence BEFORE INSERT ON item EXECUTE PROCEDURE turnout.refuse_write('x')");
      reader.setAutoCommit(false);
      try (Statement statement = reader.createStatement()) {
        statement.execute("SET application_name = 'long report'; SELECT * FROM item");
      }

      assertThatThrownBy(() -> HelperSchema.remove(side))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("long report")
          .hasMessageContaining("on public.item");
      assertThat(left(side)).as("removed as a whole or not at all").isEqualTo("2");

      reader.rollback();
      HelperSchema.remove(side);
      assertThat(left(side)).isEqualTo("0");
    }
  }

  private static String left(PostgresSide side) throws SQLException, SyncException {
    try (Connection connection = side.control()) {
      List<List<String>> rows =
          Rows.of(
              connection,
              "SELECT ((SELECT count(*) FROM pg_trigger WHERE tgname = 'fence')"
                  + " + (SELECT count(*) FROM pg_namespace WHERE nspname = 'turnout'))::text");
      return rows.getFirst().getFirst();
    }
  }
}
