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
  void sequencesTakeTheSourcesValueExactlyAndCountTheirMoves() throws Exception {
    String sql =
        "CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c INCREMENT -5; CREATE SEQUENCE d;"
            + " CREATE SEQUENCE e; CREATE SEQUENCE \"F f\" START 7;";
    blue.execute(
        sql
            + "SELECT setval('a', 5), setval('b', 50), setval('c', -10), setval('d', 77, false),"
            + " setval('e', 3), setval('e', 1, false)");
    green.execute(sql + "SELECT setval('a', 50), setval('e', 9)");
    try (Connection from = source.control();
        Connection to = target.control()) {
      Sequences sequences = Sequences.load(from, to);

      assertThat(sequences.advance(from, to)).isEqualTo(5);
      assertThat(sequences.advance(from, to)).isOne(); // d was never drawn from, and stays so
      assertThat(count(green, "SELECT nextval('a')")).isEqualTo(6);
      assertThat(count(green, "SELECT nextval('b')")).isEqualTo(51);
      assertThat(count(green, "SELECT nextval('c')")).isEqualTo(-15);
      assertThat(count(green, "SELECT nextval('d')")).isEqualTo(77);
      assertThat(count(green, "SELECT nextval('e')")).isEqualTo(1);
      assertThat(count(green, "SELECT nextval('\"F f\"')")).isEqualTo(7);
    }
  }

  @Test
  void aSequenceNearItsEndKeepsWhatIsLeftOfIt() throws Exception {
    String sql =
        "CREATE SEQUENCE short MAXVALUE 1000; CREATE SEQUENCE wide AS int INCREMENT 1000000;"
            + " CREATE SEQUENCE round MAXVALUE 10 CYCLE; CREATE SEQUENCE down INCREMENT -1 MINVALUE"
            + " -1000;";
    blue.execute(
        sql
            + "SELECT setval('short', 500), setval('wide', 2000000000), setval('round', 10),"
            + " setval('down', -999)");
    green.execute(sql);
    try (Connection from = source.control();
        Connection to = target.control()) {
      Sequences sequences = Sequences.load(from, to);
      for (int attempt = 0; attempt < 3; attempt++) {
        sequences.advance(from, to);
      }
    }
    assertThat(count(green, "SELECT nextval('short')")).isEqualTo(501);
    assertThat(count(green, "SELECT nextval('wide')")).isEqualTo(2_001_000_000);
    assertThat(count(green, "SELECT nextval('round')")).isOne();
    assertThat(count(green, "SELECT nextval('down')")).isEqualTo(-1000);
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
