package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WhichSide.READ;

import java.sql.Connection;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.Target;

/**
 * The unnamed statement that green alone was told of is the one that the primary runs next, however
 * the client's messages are cut and joined. Before it, the primary has an INSERT.
 */
class UnnamedStatementOnTwoSidesTest {
  private static final Message BIND = new Bind("", "", List.of());
  private static final Message EXECUTE = new Execute("", 0);
  private static final Message SYNC = FrontendSignal.SYNC;

  private Proxied proxied;
  private ScriptedClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE written (a int)");
    WhichSide.readAtGreen(proxied);
    client = ScriptedClient.connect(proxied);
    client.parse("S1", READ);
    while (!client.execute("S1").contains("green")) {
      Thread.onSpinWait();
    }
    client.parse("", "INSERT INTO written VALUES (1)");
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    try (Connection blue = proxied.blue.connect()) {
      assertThat(Proxied.ask(blue, "SELECT count(*) FROM written")).isEqualTo("0");
    } finally {
      proxied.close();
    }
  }

  private void readOnGreen() throws Exception {
    do {
      client.parse("", "INSERT INTO written VALUES (1)");
      client.send(new Parse("", READ, List.of()), BIND, EXECUTE, SYNC);
    } while (!client.answer().contains("green"));
  }

  @Test
  void itIsUsedBehindAnotherUnitOfTheSameBytes() throws Exception {
    readOnGreen();

    client.send(new Close(Target.STATEMENT, "S9"), SYNC, BIND, EXECUTE, SYNC, BIND, EXECUTE, SYNC);

    assertThat(client.answer()).isEmpty();
    assertThat(client.answer()).contains("blue");
    assertThat(client.answer()).contains("blue");
  }

  @Test
  void itIsUsedByABindOfWhichOnlyTheBeginningIsThere() throws Exception {
    for (int cut = 5; cut < 9; cut++) {
      readOnGreen();
      sendCut(ScriptedClient.bytes(BIND, EXECUTE, SYNC), cut);

      assertThat(client.answer()).contains("blue");
    }
  }

  /** Its first bytes have come to Turnout when the others are sent. */
  private void sendCut(byte[] bytes, int cut) throws Exception {
    long before = proxied.traffic.figures().bytesIn();
    client.send(Arrays.copyOf(bytes, cut));
    while (proxied.traffic.figures().bytesIn() < before + cut) {
      Thread.onSpinWait();
    }
    client.send(Arrays.copyOfRange(bytes, cut, bytes.length));
  }

  @Test
  void itIsUsedByABindThatIsCutBehindAnotherUnit() throws Exception {
    byte[] unit = ScriptedClient.bytes(new Close(Target.STATEMENT, "S9"), SYNC);
    byte[] both =
        ScriptedClient.bytes(new Close(Target.STATEMENT, "S9"), SYNC, BIND, EXECUTE, SYNC);
    for (int cut = unit.length + 1; cut < unit.length + 9; cut++) {
      readOnGreen();

      sendCut(both, cut);

      assertThat(client.answer()).isEmpty();
      assertThat(client.answer()).contains("blue");
    }
  }

  @Test
  void itIsUsedBehindANamedParseOfWhichOnlyTheBeginningWasThere() throws Exception {
    Message close = new Close(Target.STATEMENT, "S9");
    byte[] unit = ScriptedClient.bytes(close, SYNC);
    byte[] both = ScriptedClient.bytes(close, SYNC, new Parse("S9", "SELECT 1", List.of()), SYNC);
    for (int cut = unit.length + 1; cut < unit.length + 9; cut++) {
      readOnGreen();

      sendCut(both, cut);
      assertThat(client.answer()).isEmpty();
      assertThat(client.answer()).isEmpty();

      assertThat(client.execute("")).contains("blue");
    }
  }

  @Test
  void whatThePrimarySkipsDoesNotTakeItsPlace() throws Exception {
    readOnGreen();
    client.send(new Bind("", "nowhere", List.of()), new Parse("", "SELECT 7", List.of()), SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void whatThePrimarySkipsBehindOneThatItSkipsAsWellDoesNotTakeItsPlace() throws Exception {
    readOnGreen();
    client.send(
        new Bind("", "nowhere", List.of()), BIND, new Parse("", "SELECT 7", List.of()), SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void aQueryThatThePrimarySkipsDoesNotDropIt() throws Exception {
    readOnGreen();
    client.send(new Bind("", "nowhere", List.of()), new Query("SELECT 7"), SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).contains("blue");
  }

  /** One of them the primary has, and nothing is known of it any more. */
  @Test
  void severalThatMayBeSkippedDoNotBringAnOlderOneBack() throws Exception {
    readOnGreen();
    client.send(
        new Parse("", "SELECT 7", List.of()),
        new Bind("", "nowhere", List.of()),
        new Parse("", "SELECT 8", List.of()),
        SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).isSubsetOf("7", "SELECT 1", "26000").isNotEmpty();
  }

  @Test
  void oneThatTheClientClosesIsNotThere() throws Exception {
    readOnGreen();
    client.send(new Close(Target.STATEMENT, ""), SYNC, BIND, EXECUTE, SYNC);
    assertThat(client.answer()).isEmpty();

    assertThat(client.answer()).containsExactly("26000");
  }

  @Test
  void oneThatTheClientClosesPieceByPieceIsNotThere() throws Exception {
    byte[] close = ScriptedClient.bytes(new Close(Target.STATEMENT, ""), SYNC);
    for (int cut = 1; cut < close.length; cut++) {
      readOnGreen();
      sendCut(close, cut);
      assertThat(client.answer()).isEmpty();

      assertThat(client.execute("")).containsExactly("26000");
    }
  }

  @Test
  void oneWhoseCloseIsRefusedIsThere() throws Exception {
    readOnGreen();
    client.send(WireMessages.message('C', new byte[] {'S', 0, 'x'}));
    client.send(SYNC);
    assertThat(client.answer()).containsExactly("08P01");

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void oneWhoseCloseIsSkippedIsThere() throws Exception {
    readOnGreen();
    client.send(new Bind("", "nowhere", List.of()), new Close(Target.STATEMENT, ""), SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void oneThatThePrimaryRefusesIsNotThere() throws Exception {
    readOnGreen();
    client.send(new Parse("", "no statement", List.of()), SYNC);
    assertThat(client.answer()).containsExactly("42601");

    assertThat(client.execute("")).containsExactly("26000");
  }

  @Test
  void anErrorOfAnEarlierUnitDoesNotUndoIt() throws Exception {
    readOnGreen();
    client.send(new Bind("", "nowhere", List.of()), SYNC, BIND, EXECUTE, SYNC, BIND, EXECUTE, SYNC);

    assertThat(client.answer()).containsExactly("26000");
    assertThat(client.answer()).containsExactly("blue", "SELECT 1");
    assertThat(client.answer()).containsExactly("blue", "SELECT 1");
  }

  @Test
  void itIsUsedInATransactionThatANamedStatementBegan() throws Exception {
    client.parse("B", "BEGIN");
    client.parse("C", "COMMIT");
    readOnGreen();
    client.execute("B");

    assertThat(client.execute("")).contains("blue");

    client.execute("C");
  }

  @Test
  void itIsDescribed() throws Exception {
    readOnGreen();
    client.send(new Close(Target.STATEMENT, "S9"), new Describe(Target.STATEMENT, ""), SYNC);

    assertThat(client.answer()).isEmpty();
    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void itIsThereAgainAfterAnErrorInFrontOfIt() throws Exception {
    readOnGreen();
    client.send(new Bind("", "nowhere", List.of()), BIND, EXECUTE, SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void itIsGoneOnceGreenHasRunASimpleQuery() throws Exception {
    assertThat(client.query(READ)).contains("green");

    assertThat(client.execute("")).containsExactly("26000");
  }

  @Test
  void itStaysGoneWhereThePrimarySkipsThatAndWhatFollows() throws Exception {
    assertThat(client.query(READ)).contains("green");
    client.send(
        new Bind("", "nowhere", List.of()), BIND, new Parse("", "SELECT 7", List.of()), SYNC);
    assertThat(client.answer()).containsExactly("26000");

    assertThat(client.execute("")).containsExactly("26000");
  }
}
