package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/** How the sequences of one real server follow those of another. */
class SequencesTest {
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
  void sequencesNeverMoveBackAndCountTheirMoves() throws Exception {
    String sql =
        "CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c MAXVALUE 10; CREATE SEQUENCE d;"
            + " CREATE SEQUENCE \"E e\" START 7;";
    blue.execute(
        sql + "SELECT setval('a', 5), setval('b', 50), setval('c', 9), setval('d', 77, false)");
    green.execute(sql + "SELECT setval('a', 50)");
    try (Connection from = source.control();
        Connection to = target.control()) {
      Sequences sequences = Sequences.load(from, to);

      assertThat(sequences.advance(from, to, 10)).isEqualTo(3);
      assertThat(sequences.advance(from, to, 0)).isOne(); // d was never drawn from, and stays so
      assertThat(count(green, "SELECT last_value FROM a")).isEqualTo(50);
      assertThat(count(green, "SELECT last_value FROM b")).isEqualTo(60);
      assertThat(count(green, "SELECT last_value FROM c")).isEqualTo(10);
      assertThat(count(green, "SELECT nextval('d')")).isEqualTo(77);
      assertThat(count(green, "SELECT nextval('\"E e\"')")).isEqualTo(7);
    }
  }

  @Test
  void sequenceThatTheTargetLacksIsNamed() throws Exception {
    blue.execute("CREATE SEQUENCE lonely");
    try (Connection from = source.control();
        Connection to = target.control()) {
      assertThatThrownBy(() -> Sequences.load(from, to)).hasMessageContaining("public.lonely");
    }
  }

  private static long count(PostgresDatabase database, String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
