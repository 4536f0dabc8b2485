package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WhichSide.READ;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.Target;

/** What a client does while its session's state is on the way to green is not forgotten. */
class StateUnderWayTest {
  private static final Executor THREADS = Executors.newVirtualThreadPerTaskExecutor();
  private static final String WRITE = "INSERT INTO side VALUES ('written') RETURNING 'wrote'";

  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.toldBy(Proxied.trusting());
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  private void readsGoToGreen() {
    WhichSide.greenIsFresh(proxied);
    proxied.traffic.readWeight(100);
  }

  private static void readUntilGreen(ScriptedClient client) throws Exception {
    while (!client.query(READ).contains("green")) {
      Thread.onSpinWait();
    }
  }

  /** Until named statements go to green as well. */
  private static void executeUntilGreen(ScriptedClient client, String name) throws Exception {
    while (!client.execute(name).contains("green")) {
      Thread.onSpinWait();
    }
  }

  /** Leaves the session's state on the way to green. */
  private void holdTheState(ScriptedClient client) throws Exception {
    proxied.toGreen.holdFrom("work_mem");
    client.query("SET work_mem = '9MB'");
    while (!proxied.toGreen.isHolding()) {
      assertThat(client.query(READ)).contains("blue");
    }
  }

  @Test
  void aSettingMadeMeanwhileIsMovedToo() throws Exception {
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.query("SET work_mem = '7MB'");
      proxied.toGreen.holdFrom("work_mem");
      CompletableFuture<Void> ahead = proxied.traffic.connectAhead();
      proxied.toGreen.awaitHolding();
      client.query("SET search_path = other");
      client.parse("S7", "SELECT 7");
      proxied.toGreen.release();
      ahead.get(30, TimeUnit.SECONDS);

      proxied.flipAtOnce();

      assertThat(client.query("SHOW search_path")).contains("other");
      assertThat(client.query("SHOW work_mem")).contains("7MB");
      assertThat(client.execute("S7")).contains("7");
    }
  }

  @Test
  void aStatementMadeAnotherMeanwhileIsWhatItIsNow() throws Exception {
    readsGoToGreen();
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.parse("S1", READ);
      executeUntilGreen(client, "S1");
      holdTheState(client);
      client.send(
          new Close(Target.STATEMENT, "S1"),
          new Parse("S1", WRITE, List.of()),
          FrontendSignal.SYNC);
      client.answer();
      proxied.toGreen.release();
      readUntilGreen(client);

      assertThat(client.execute("S1")).contains("wrote");
    }
  }

  @Test
  void aStatementFromBeforeThatIsRunMeanwhileDoesNotUndoTheMove() throws Exception {
    // The catalogues are read, and no session draws a number so low.
    proxied.traffic.readWeight(Double.MIN_NORMAL);
    try (ScriptedClient client = ScriptedClient.connect(proxied);
        ScriptedClient other = ScriptedClient.connect(proxied)) {
      client.parse("S1", READ);
      client.query("SET work_mem = '9MB'");
      readsGoToGreen();
      readUntilGreen(other);
      proxied.toGreen.holdFrom("work_mem");
      while (!proxied.toGreen.isHolding()) {
        assertThat(client.execute("S1")).contains("blue");
      }
      assertThat(client.execute("S1")).contains("blue");
      // From here on blue has no answer to another question.
      proxied.toBlue.holdFrom("turnout_question");
      proxied.toGreen.release();

      executeUntilGreen(client, "S1");
    }
  }

  @Test
  void whatThePrimarySkippedIsNotTakenForDone() throws Exception {
    readsGoToGreen();
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.parse("S1", WRITE);
      client.parse("S2", READ);
      executeUntilGreen(client, "S2");
      // The error comes before what it lets the server skip is sent.
      client.send(new Bind("", "S2", List.of("too many")), FrontendSignal.FLUSH);
      client.skipTo('E');
      client.send(
          new Close(Target.STATEMENT, "S1"), new Parse("S1", READ, List.of()), FrontendSignal.SYNC);
      client.answer();
      readUntilGreen(client);

      assertThat(client.execute("S1")).contains("wrote");
    }
  }

  @Test
  void aConnectionThatIsMadeAnewKnowsNothingYet() throws Exception {
    readsGoToGreen();
    proxied.onBoth("CREATE SCHEMA other; CREATE TABLE other.side (name text)");
    proxied.onBoth("INSERT INTO other.side VALUES ('other')");
    try (ScriptedClient client = ScriptedClient.connect(proxied);
        var green = proxied.green.connect()) {
      client.query("SET search_path = other");
      while (proxied.traffic.figures().queriesGreen() == 0) {
        assertThat(client.query(READ)).contains("other");
      }
      Proxied.run(
          green,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
      while (!Proxied.ask(
              green, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
          .equals("1")) {
        Thread.onSpinWait();
      }
      proxied.toBlue.holdFrom("turnout_question");
      CompletableFuture<List<String>> read;
      do {
        read = later(client);
        while (!read.isDone() && !proxied.toBlue.isHolding()) {
          Thread.onSpinWait();
        }
      } while (!proxied.toBlue.isHolding());
      if (read.isDone()) {
        long before = proxied.traffic.figures().bytesIn();
        read = later(client);
        while (proxied.traffic.figures().bytesIn() == before) {
          Thread.onSpinWait();
        }
      }
      proxied.toBlue.release();

      assertThat(read.get(30, TimeUnit.SECONDS)).contains("other");
    }
  }

  private static CompletableFuture<List<String>> later(ScriptedClient client) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return client.query(READ);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        THREADS);
  }

  @Test
  void aClientThatLeavesWhileItIsMovedIsNotWaitedFor() throws Exception {
    try (ScriptedClient leaving = ScriptedClient.connect(proxied);
        ScriptedClient staying = ScriptedClient.connect(proxied)) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      leaving.query("SET work_mem = '8MB'");
      proxied.toGreen.holdFrom("work_mem");
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      CompletableFuture<List<Traffic.Immovable>> moved =
          proxied.traffic.moveSessions(Duration.ofMinutes(5));
      proxied.toGreen.awaitHolding();

      leaving.close();

      assertThat(moved.get(30, TimeUnit.SECONDS)).isEmpty();
      proxied.traffic.resume();
      assertThat(staying.query(READ)).contains("blue");
    }
  }

  @Test
  void aSessionWhoseMoveWasCalledOffIsMovedTheNextTime() throws Exception {
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      client.query("SET work_mem = '8MB'");
      proxied.toGreen.holdFrom("work_mem");
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);
      CompletableFuture<?> moved = proxied.traffic.moveSessions(Duration.ofMinutes(5));
      proxied.toGreen.awaitHolding();
      proxied.traffic.resume();
      proxied.traffic.forgetAhead();
      moved.get(30, TimeUnit.SECONDS);
      proxied.toGreen.release();

      proxied.flip();

      assertThat(client.query("SHOW work_mem")).contains("8MB");
      assertThat(client.query(READ)).contains("green");
    }
  }

  @Test
  void aSettingOfAStatementThatWasParsedLongBeforeHoldsOnGreen() throws Exception {
    proxied.onBoth("CREATE SCHEMA other; CREATE TABLE other.side (name text)");
    proxied.onBoth("INSERT INTO other.side VALUES ('other')");
    readsGoToGreen();
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.parse("S1", READ);
      executeUntilGreen(client, "S1");
      client.parse("", "SET search_path = other");
      executeUntilGreen(client, "S1");

      assertThat(client.execute("")).containsExactly("SET");
      assertThat(client.execute("S1")).contains("other");
    }
  }

  @Test
  void aSettingOfAStatementThatComesInPiecesIsMoved() throws Exception {
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      byte[] set = ScriptedClient.bytes(new Query("SET app.tenant = '42'"));
      long before = proxied.traffic.figures().bytesIn();
      client.send(Arrays.copyOf(set, 12));
      while (proxied.traffic.figures().bytesIn() < before + 12) {
        Thread.onSpinWait();
      }
      client.send(Arrays.copyOfRange(set, 12, set.length));
      assertThat(client.answer()).containsExactly("SET");

      proxied.flip();

      assertThat(client.query("SHOW app.tenant")).contains("42");
    }
  }

  @Test
  void aSettingOfWhichTheNameIsComputedKeepsItsSession() throws Exception {
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.query("SELECT set_config('app.' || 'tenant', '42', false)");
      proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
      proxied.traffic.pause().get(30, TimeUnit.SECONDS);

      assertThat(proxied.traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS))
          .extracting(Traffic.Immovable::reason)
          .containsExactly("custom settings whose names are not known");

      proxied.traffic.resume();
      proxied.traffic.forgetAhead();
    }
  }

  @Test
  void aStatementThatGreenRefusedIsBroughtOnceItCanBe() throws Exception {
    readsGoToGreen();
    proxied.blue.execute("ALTER TABLE side ADD COLUMN extra text DEFAULT 'more'");
    try (ScriptedClient client = ScriptedClient.connect(proxied)) {
      client.parse("S1", READ);
      executeUntilGreen(client, "S1");
      client.parse("S7", "SELECT extra FROM side");
      assertThat(client.execute("S7")).contains("more");
      proxied.green.execute("ALTER TABLE side ADD COLUMN extra text DEFAULT 'more on green'");
      proxied.traffic.readWeight(0);

      proxied.flip();

      assertThat(client.execute("S7")).contains("more on green");
    }
  }
}
