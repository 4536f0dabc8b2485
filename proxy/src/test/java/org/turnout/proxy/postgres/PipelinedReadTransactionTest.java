package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.flush;
import static org.turnout.proxy.postgres.WireMessages.join;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** READ ONLY transactions by the message, as drivers and pipelines send them. */
class PipelinedReadTransactionTest {
  private static final String BEGIN = "BEGIN READ ONLY";
  private static final String UNSAFE = "SELECT name FROM side WHERE random() < 2";

  private Proxied proxied;
  private WireClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.readAtGreen(Proxied.trusting());
    proxied.onBoth("INSERT INTO side TABLE side");
    client = new WireClient(proxied.address(), proxied.blue.name()).begin();
    readUntilGreen(client);
    client.forget();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  /** Where the rows came from, in their order. */
  private List<String> sides() {
    return client.heard().stream()
        .filter(line -> line.startsWith("D "))
        .map(line -> line.endsWith("green") ? "green" : line.endsWith("blue") ? "blue" : line)
        .toList();
  }

  /** Where the backend said it stood, in order. */
  private List<String> states() {
    return client.heard().stream()
        .filter(line -> line.startsWith("Z "))
        .map(line -> line.substring(line.length() - 1))
        .toList();
  }

  private void hear(int units) throws IOException {
    for (int i = 0; i < units; i++) {
      client.untilReady();
    }
  }

  @Test
  void aWholeTransactionInOneUnitRunsOnGreen() throws Exception {
    client.say(run(BEGIN), run(READ), run("COMMIT"), sync());
    hear(1);

    assertThat(sides()).containsExactly("green", "green");
    assertThat(states()).containsExactly("I");
  }

  @Test
  void aWholeTransactionInOneWriteRunsOnGreen() throws Exception {
    client.say(query(BEGIN), query(READ), run(READ), sync(), query("COMMIT"), query(READ));
    hear(5);

    assertThat(sides()).hasSize(6).containsOnly("green");
    assertThat(states()).containsExactly("T", "T", "T", "I", "I");
  }

  @Test
  void unitsThatComeByteByByteAreWaitedFor() throws Exception {
    byte[] all = join(run(BEGIN), run(READ), sync(), query(READ), query("ROLLBACK"), query(READ));
    int frame = 0;
    int said = 0;
    for (int end = 1; end <= all.length; end++) {
      int frameEnd = frame + 1 + ByteBuffer.wrap(all).getInt(frame + 1);
      if (end == frameEnd && end < all.length) {
        // Behind a whole frame a client may wait for its answer: the next one begins with its end.
        frame = frameEnd;
      } else {
        client.say(Arrays.copyOfRange(all, said, end));
        said = end;
      }
    }
    hear(4);

    assertThat(sides()).hasSize(6).containsOnly("green");
    assertThat(states()).containsExactly("T", "T", "I", "I");
  }

  @Test
  void anUnsafeStatementInTheMiddleMovesTheRest() throws Exception {
    client.say(query(BEGIN), query(READ), query(UNSAFE), query(READ), query("COMMIT"));
    hear(5);

    assertThat(sides()).containsExactly("green", "green", "blue", "blue", "blue", "blue");
    assertThat(states()).containsExactly("T", "T", "T", "T", "I");
  }

  @Test
  void whatStandsInOneUnitWithAnUnsafeStatementRunsWhereThatRuns() throws Exception {
    client.say(query(BEGIN), query(READ), run(READ), run(UNSAFE), sync(), query("COMMIT"));
    hear(4);

    assertThat(sides()).containsExactly("green", "green", "blue", "blue", "blue", "blue");
    assertThat(states()).containsExactly("T", "T", "T", "I");
  }

  @Test
  void aTransactionWithAnErrorInItsFirstUnitHasFailed() throws Exception {
    client.say(run(BEGIN), run("SELECT 1 / length('') FROM side"), run(READ), sync(), query(READ));
    hear(2);
    client.ask("ROLLBACK");

    assertThat(sides()).isEmpty();
    assertThat(states()).containsExactly("E", "E", "I");
    assertThat(client.heard()).anyMatch(line -> line.contains("C22012"));
    assertThat(client.heard()).anyMatch(line -> line.contains("C25P02"));
  }

  @Test
  void aClientThatWaitsWithoutSyncIsAnswered() throws Exception {
    client.say(query(BEGIN), run(READ), flush());
    client.untilReady();
    client.until('C');
    client.say(sync(), query("COMMIT"));
    hear(2);

    assertThat(sides()).containsExactly("blue", "blue");
    assertThat(states()).containsExactly("T", "T", "I");
  }

  @Test
  void theUnnamedStatementGoesAlong() throws Exception {
    client.say(query(BEGIN), run(READ), sync());
    hear(2);
    client.say(bind("", ""), execute("", 0), sync(), query("COMMIT"));
    hear(2);

    assertThat(sides()).containsExactly("green", "green", "blue", "blue");
    assertThat(states()).containsExactly("T", "T", "T", "I");
  }

  @Test
  void anUnnamedStatementThatTheClientHasOnBlueSurvivesTheMove() throws Exception {
    client.say(parse("", UNSAFE), sync(), parse("begin", BEGIN), sync());
    hear(2);
    client.say(bind("", "begin"), execute("", 0), sync(), query(UNSAFE), query("COMMIT"));
    hear(3);
    client.say(parse("", UNSAFE), sync());
    hear(1);
    client.forget();

    client.say(bind("", "begin"), execute("", 0), sync(), bind("", ""), execute("", 0), sync());
    hear(2);
    client.ask("COMMIT");

    assertThat(sides()).containsExactly("blue", "blue");
    assertThat(states()).containsExactly("T", "T", "I");
  }

  @Test
  void aPortalThatIsReadInPartsIsReadOnBlueToItsEnd() throws Exception {
    client.say(query(BEGIN), query(READ));
    hear(2);
    client.say(parse("", READ), bind("", ""), execute("", 1), sync());
    hear(1);
    client.say(execute("", 1), sync(), query("COMMIT"));
    hear(2);

    assertThat(sides()).containsExactly("green", "green", "blue", "blue");
    assertThat(states()).containsExactly("T", "T", "T", "T", "I");
  }

  @Test
  void aClientThatLeavesInTheMiddleLeavesNothingBehind() throws Exception {
    client.say(query(BEGIN), query(READ));
    hear(2);
    client.say(WireMessages.goodbye());
    client.untilEnd();

    List<String> left = new ArrayList<>();
    do {
      left.clear();
      proxied.traffic.sessions().forEach(session -> left.add(session.state()));
    } while (!left.isEmpty());
    assertThat(client.heard()).last().isEqualTo("end");
  }
}
