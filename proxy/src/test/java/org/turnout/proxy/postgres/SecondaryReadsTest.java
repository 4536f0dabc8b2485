package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.greenIsFresh;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGResultSetMetaData;

/** Reads go to green when that is proved to be safe, and a sick green is never noticed. */
class SecondaryReadsTest {
  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.toldBy(Proxied.trusting());
    proxied.onBoth("CREATE TABLE late (a int)");
    proxied.traffic.readWeight(100);
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  /**
   * A client of which every statement is parsed anew: a named one is known to the primary first.
   */
  private Connection connect() throws SQLException {
    return proxied.connect("postgres", "", "&prepareThreshold=0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"&preferQueryMode=simple", "&prepareThreshold=0"})
  void readsGoToGreenAndEverythingElseDoesNot(String options) throws Exception {
    greenIsFresh(proxied);
    try (Connection client = proxied.connect("postgres", "", options)) {
      readUntilGreen(client);
      assertThat(ask(client, "INSERT INTO side VALUES ('new') RETURNING 'blue'")).isEqualTo("blue");
      assertThat(ask(client, READ)).isEqualTo("green");
      client.setAutoCommit(false);
      assertThat(ask(client, READ)).isEqualTo("blue");
      client.commit();
    }
    try (Connection green = proxied.green.connect()) {
      assertThat(ask(green, "SELECT count(*) FROM side")).isEqualTo("1");
    }
  }

  @Test
  void namedStatementsOfThePrimaryAreThereOnGreen() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = proxied.connect("postgres", "", "&prepareThreshold=1");
        PreparedStatement named = client.prepareStatement("SELECT name || ? FROM side")) {
      String answer = "";
      for (int i = 0; !answer.startsWith("green"); i++) {
        named.setInt(1, i);
        try (ResultSet rows = named.executeQuery()) {
          rows.next();
          answer = rows.getString(1);
          assertThat(answer).endsWith(String.valueOf(i));
        }
      }
    }
  }

  @Test
  void withoutFreshnessNothingIsReadFromGreen() throws Exception {
    try (Connection client = connect()) {
      for (int i = 0; i < 50; i++) {
        assertThat(ask(client, READ)).isEqualTo("blue");
      }
    }
  }

  @Test
  void whatTheSessionHasSeenOnThePrimaryIsAwaited() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = connect()) {
      readUntilGreen(client);
      proxied.freshness.reset();
      proxied.freshness.advance(System.nanoTime());
      run(client, "INSERT INTO side VALUES ('later')");

      assertThat(ask(client, READ)).isEqualTo("blue");
      assertThat(ask(client, READ)).isEqualTo("blue");

      greenIsFresh(proxied);
      assertThat(ask(client, READ)).isEqualTo("green");
    }
  }

  @Test
  void settingsOfTheSessionHoldOnGreen() throws Exception {
    greenIsFresh(proxied);
    proxied.onBoth("CREATE SCHEMA other; CREATE TABLE other.side (name text)");
    proxied.blue.execute("INSERT INTO other.side VALUES ('other blue')");
    proxied.green.execute("INSERT INTO other.side VALUES ('other green')");
    try (Connection client = connect()) {
      readUntilGreen(client);
      run(client, "SET search_path = other");
      String answer;
      do {
        answer = ask(client, READ);
        assertThat(answer).startsWith("other ");
      } while (!answer.equals("other green"));
    }
  }

  @Test
  void temporaryTablesKeepReadsOnThePrimary() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = connect()) {
      readUntilGreen(client);
      run(client, "CREATE TEMP TABLE side (name text)");
      run(client, "INSERT INTO side VALUES ('temporary')");
      for (int i = 0; i < 200; i++) {
        assertThat(ask(client, READ)).isEqualTo("temporary");
      }
    }
  }

  @Test
  void whatGreenRefusesThePrimaryAnswers() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = connect()) {
      readUntilGreen(client);
      assertThat(ask(client, "SELECT count(a) FROM late")).isEqualTo("0");
      proxied.blue.execute("INSERT INTO late VALUES (5)");
      proxied.green.execute("ALTER TABLE late DROP COLUMN a");

      assertThat(ask(client, "SELECT a FROM late")).isEqualTo("5");

      assertThat(ask(client, READ)).isEqualTo("green");
    }
  }

  @Test
  void aGreenBackendThatIsKilledIsNotNoticed() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = connect();
        Connection green = proxied.green.connect()) {
      for (int i = 0; i < 3; i++) {
        readUntilGreen(client);
        run(
            green,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        assertThat(ask(client, READ)).isIn("blue", "green");
      }
    }
  }

  @Test
  void aSessionThatReadsOnGreenMovesThere() throws Exception {
    greenIsFresh(proxied);
    try (Connection client = connect()) {
      readUntilGreen(client);
      proxied.flip();
      assertThat(ask(client, "UPDATE side SET name = 'green now' RETURNING name"))
          .isEqualTo("green now");
      proxied.flip();
      assertThat(ask(client, "UPDATE side SET name = 'blue now' RETURNING name"))
          .isEqualTo("blue now");
    }
  }

  @Test
  void whatGreenAnswersIsNamedByTheNumbersOfBlue() throws Exception {
    proxied.green.execute("CREATE TYPE shift AS ENUM ('a')");
    proxied.onBoth("CREATE TYPE mood AS ENUM ('sad', 'ok')");
    proxied.blue.execute("CREATE TABLE day (gone int, feels mood); ALTER TABLE day DROP gone");
    proxied.green.execute("CREATE TABLE day (feels mood)");
    proxied.blue.execute("INSERT INTO day VALUES ('sad')");
    proxied.green.execute("INSERT INTO day VALUES ('ok')");
    proxied.traffic.readWeight(0);
    proxied.traffic.readWeight(100);
    greenIsFresh(proxied);
    try (Connection client = connect();
        Statement statement = client.createStatement()) {
      String answer = "";
      while (!answer.equals("ok")) {
        try (ResultSet row = statement.executeQuery("SELECT feels FROM day")) {
          row.next();
          answer = row.getString(1);
          // Both are looked up on the primary, by the numbers in the answer.
          assertThat(row.getMetaData().getColumnTypeName(1)).isEqualTo("mood");
          assertThat(((PGResultSetMetaData) row.getMetaData()).getBaseTableName(1))
              .isEqualTo("day");
          assertThat(((PGResultSetMetaData) row.getMetaData()).getBaseColumnName(1))
              .isEqualTo("feels");
        }
      }
    }
  }

  @Test
  void anAnswerThatNamesWhatThePrimaryDoesNotHaveIsThePrimarys() throws Exception {
    proxied.onBoth("CREATE TYPE pair AS (a int)");
    proxied.onBoth("CREATE TABLE twin (two pair)");
    proxied.blue.execute("INSERT INTO twin VALUES (row(1))");
    proxied.green.execute("INSERT INTO twin VALUES (row(2))");
    proxied.traffic.readWeight(0);
    proxied.traffic.readWeight(100);
    greenIsFresh(proxied);
    try (Connection client = connect()) {
      readUntilGreen(client);

      assertThat(ask(client, "SELECT two FROM twin")).isEqualTo("(1)");
    }
  }
}
