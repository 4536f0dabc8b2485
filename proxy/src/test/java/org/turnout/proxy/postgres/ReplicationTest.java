package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.copyDone;
import static org.turnout.proxy.postgres.WireMessages.message;
import static org.turnout.proxy.postgres.WireMessages.query;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;

/** The replication protocol goes to the primary and back as it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicationTest {
  /** The first major whose BASE_BACKUP has its options in parentheses. */
  private static final int OPTIONS_IN_PARENTHESES = 15;

  private final Grounds grounds = new Grounds();

  static Stream<Arguments> sides() {
    return Ground.all()
        .flatMap(ground -> Stream.of(Side.values()).map(side -> Arguments.of(ground, side)));
  }

  @AfterAll
  void stop() throws Exception {
    grounds.close();
  }

  private static PostgresDatabase primary(Proxied route) {
    return route.primary() == Side.BLUE ? route.blue : route.green;
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sides")
  void changesAreStreamedUntilTheClientEndsIt(Ground ground, Side side) throws Exception {
    Proxied route = grounds.standing(ground, side);
    PostgresDatabase primary = primary(route);
    primary.execute("CREATE TABLE streamed (a text); CREATE PUBLICATION all_of_it FOR ALL TABLES");
    try (WireClient client = ground.client(route.address(), route)) {
      client.begin("replication", "database");
      client.ask("CREATE_REPLICATION_SLOT wire TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
      primary.execute("INSERT INTO streamed VALUES ('the first row')");

      client.say(
          query(
              "START_REPLICATION SLOT wire LOGICAL 0/0"
                  + " (proto_version '1', publication_names 'all_of_it')"));
      client.until('W');
      awaitRow(client, "the first row");
      client.say(status());
      primary.execute("INSERT INTO streamed VALUES ('the second row')");
      awaitRow(client, "the second row");
      client.say(copyDone());
      client.until('c');
      client.untilReady();

      client.forget();
      client.ask("IDENTIFY_SYSTEM");
      assertThat(client.heard())
          .anyMatch(line -> line.startsWith("D") && line.contains(primary.name()));
      client.say(WireMessages.goodbye());
      client.untilEnd();
    } finally {
      primary.execute("DROP PUBLICATION all_of_it; DROP TABLE streamed");
    }
  }

  /** Waits for the insertion of a row of one column. */
  private static void awaitRow(WireClient client, String row) throws Exception {
    WireClient.Frame frame;
    do {
      frame = client.hear();
      assertThat(frame.type()).isEqualTo('d');
    } while (!new String(frame.body(), StandardCharsets.UTF_8).contains(row));
  }

  /** A standby's report that it has nothing yet, and wants no answer. */
  private static byte[] status() {
    return message('d', ByteBuffer.allocate(34).put((byte) 'r').array());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sides")
  void whatItRunsIsCancelledByItsKey(Ground ground, Side side) throws Exception {
    Proxied route = grounds.standing(ground, side);
    try (WireClient client = ground.client(route.address(), route)) {
      client.begin("replication", "database");
      client.ask("SELECT 'something before'");
      client.forget();
      client.say(query("SELECT pg_sleep(300)"));
      ServerView.await(primary(route), "backend_type = 'walsender' AND wait_event = 'PgSleep'");

      try (WireClient asking = ground.client(route.address(), route)) {
        asking.say(WireMessages.cancel(client.process(), client.secret()));
        asking.untilEnd();
      }

      client.untilReady();
      assertThat(client.heard()).anyMatch(line -> line.contains("C57014"));
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("sides")
  void aBaseBackupComesWhole(Ground ground, Side side) throws Exception {
    Proxied route = grounds.standing(ground, side);
    int major = primary(route).server().major();
    try (WireClient client = ground.client(route.address(), route)) {
      client.begin("replication", "true");
      client.forget();
      client.say(
          query(
              major < OPTIONS_IN_PARENTHESES
                  ? "BASE_BACKUP LABEL 'wire' FAST NOWAIT"
                  : "BASE_BACKUP (LABEL 'wire', CHECKPOINT 'fast', WAIT false)"));

      StringBuilder kinds = new StringBuilder();
      boolean hasLabel = false;
      WireClient.Frame frame;
      do {
        frame = client.hear();
        client.forget();
        hasLabel |=
            frame.type() == 'd'
                && new String(frame.body(), StandardCharsets.ISO_8859_1).contains("LABEL: wire");
        if (kinds.isEmpty() || kinds.charAt(kinds.length() - 1) != frame.type()) {
          kinds.append(frame.type());
        }
      } while (frame.type() != 'Z' && frame.type() != 0);

      // Where it begins, the tablespaces, the archive, where it ends.
      assertThat(kinds).hasToString("TDCTDCHdcTDCZ");
      assertThat(hasLabel).isTrue();
      client.ask("IDENTIFY_SYSTEM");
      assertThat(client.heard().getLast()).isEqualTo("Z 1 I");
      client.say(WireMessages.goodbye());
      client.untilEnd();
    }
  }
}
