package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Green dies while it answers, at every place of its answer: clients do not notice. */
class DyingSecondaryTest {
  /** More than is held back. */
  private static final String LONG_READ = "SELECT name || repeat('x', 100000) FROM side, row";

  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE row (n int)");
    proxied.onBoth("INSERT INTO row SELECT generate_series(1, 40)");
    WhichSide.readAtGreen(proxied);
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  private Connection connect(String options) throws SQLException {
    return readUntilGreen(proxied.connect("postgres", "", options));
  }

  @ParameterizedTest
  @CsvSource({
    "&preferQueryMode=simple, false",
    "&prepareThreshold=0, false",
    "&preferQueryMode=simple, true",
    "&prepareThreshold=0, true"
  })
  void isNotNoticedWhereverTheAnswerEnds(String options, boolean inTransaction) throws Exception {
    boolean cut = true;
    for (int bytes = 0; cut; bytes += 3) {
      try (Connection client = connect(options)) {
        client.setReadOnly(inTransaction);
        client.setAutoCommit(!inTransaction);
        if (inTransaction) {
          assertThat(ask(client, READ)).isEqualTo("green");
        }
        proxied.toGreen.cutAfter(bytes);
        String answer = ask(client, READ);
        cut = answer.equals("blue");
        assertThat(answer).as("cut after %d bytes", bytes).isIn("blue", "green");
        assertThat(bytes).as("cut behind the answer").isLessThan(200);
        proxied.toGreen.cutNoMore();
        if (inTransaction) {
          assertThat(ask(client, READ)).isIn("blue", answer);
          client.commit();
        }
        assertThat(ask(client, READ)).isIn("blue", "green");
      }
    }
  }

  @Test
  void losesALongAnswerThatHasBegunToFlowAndNothingElse() throws Exception {
    try (Connection client = connect("&prepareThreshold=0")) {
      proxied.toGreen.cutAfter(2_000_000);
      assertThatThrownBy(() -> readAll(client, LONG_READ))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isIn("40001", "08006"));
    }
  }

  @Test
  void doesNotLoseALongAnswerOfWhichNothingHasFlowed() throws Exception {
    try (Connection client = connect("&prepareThreshold=0")) {
      proxied.toGreen.cutAfter(900_000);
      assertThat(readAll(client, LONG_READ)).isEqualTo("blue");
    }
  }

  @Test
  void letsALongAnswerThrough() throws Exception {
    try (Connection client = connect("&prepareThreshold=0")) {
      assertThat(readAll(client, LONG_READ)).isEqualTo("green");
      client.setReadOnly(true);
      client.setAutoCommit(false);
      assertThat(readAll(client, LONG_READ)).isEqualTo("green");
      assertThat(readAll(client, LONG_READ)).isEqualTo("green");
      client.commit();
      assertThat(ask(client, READ)).isEqualTo("green");
    }
  }

  private static String readAll(Connection client, String sql) throws SQLException {
    String side = "";
    int rows = 0;
    try (Statement statement = client.createStatement();
        ResultSet all = statement.executeQuery(sql)) {
      while (all.next()) {
        side = all.getString(1).replace("x", "");
        rows++;
      }
    }
    assertThat(rows).isEqualTo(40);
    return side;
  }
}
