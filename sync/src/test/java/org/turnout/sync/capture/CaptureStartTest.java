package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.sync.capture.ScriptedServer.bytes;
import static org.turnout.sync.capture.ScriptedServer.frame;
import static org.turnout.sync.capture.ScriptedServer.keepalive;
import static org.turnout.sync.capture.ScriptedStream.FROM;
import static org.turnout.sync.capture.ScriptedStream.NEVER;
import static org.turnout.sync.capture.ScriptedStream.status;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.NoticeResponse;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.Report;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.StandbyStatusUpdate;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;

/** How a stream begins, or does not. */
@Timeout(60)
class CaptureStartTest {
  private ScriptedStream stream;

  @BeforeEach
  void listen() throws IOException {
    stream = new ScriptedStream();
  }

  @AfterEach
  void hangUp() throws IOException {
    stream.close();
  }

  @Test
  void theStreamIsAskedForFromWhereItIsToGoOn() throws Exception {
    CompletableFuture<Capture> starting = stream.starting(status(NEVER));
    assertThat(stream.server.awaitStart())
        .isEqualTo(
            "START_REPLICATION SLOT turnout_shop_7 LOGICAL 0/64 (\"proto_version\" '1',"
                + " \"publication_names\" 'turnout_shop_7', \"messages\" 'true')");
    stream.server.send(
        bytes(new ParameterStatus("work_mem", "4MB")),
        bytes(new NoticeResponse(Report.of("NOTICE", "00000", "hello"))),
        frame(BackendType.COPY_BOTH_RESPONSE, new byte[] {0, 0, 0}));

    try (Capture capture = starting.get(30, TimeUnit.SECONDS)) {
      assertThat(stream.server.status())
          .extracting(
              StandbyStatusUpdate::received,
              StandbyStatusUpdate::durable,
              StandbyStatusUpdate::applied)
          .containsExactly(FROM, FROM, FROM);
    }
  }

  @Test
  void aRefusalToBeginIsGivenInTheServersWords() throws Exception {
    CompletableFuture<Capture> starting = stream.starting(status(NEVER));
    stream.server.awaitStart();
    stream.server.send(
        bytes(ErrorResponse.error("55006", "replication slot is active for PID 42")));

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("reading the change stream turnout_shop_7, SQLSTATE 55006")
        .hasMessageContaining("It says: ERROR: replication slot is active for PID 42")
        .satisfies(e -> assertThat(Failures.state(e)).isEqualTo("55006"));
    stream.server.awaitEnd();
  }

  @Test
  void whatCannotBeAnAnswerToTheBeginningIsTriedAgain() throws Exception {
    CompletableFuture<Capture> starting = stream.starting(status(NEVER));
    stream.server.awaitStart();
    stream.server.send(new byte[] {1, 2, 3, 4, 5});

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("type 0x01")
        .satisfies(e -> assertThat(Failures.isTransient(e)).isTrue());
    stream.server.awaitEnd();
  }

  @Test
  void aSourceThatSaysNothingWhenItIsToBeginIsGivenUp() throws Exception {
    Capture.Patience patience = new Capture.Patience(NEVER, NEVER, Duration.ofMillis(1));
    CompletableFuture<Capture> starting = stream.starting(patience);
    stream.server.awaitStart();

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("no connection to the server at 127.0.0.1")
        .hasMessageContaining("(while reading the change stream turnout_shop_7)")
        .hasMessageEndingWith("It says: nothing, for 1 ms after START_REPLICATION")
        .satisfies(e -> assertThat(Failures.isTransient(e)).isTrue());
    stream.server.awaitEnd();
  }

  @Test
  void theLimitOfTheBeginningDoesNotHoldForTheStream() throws Exception {
    Duration limit = Duration.ofSeconds(3);
    Capture.Patience patience = new Capture.Patience(Duration.ofMillis(100), NEVER, limit);
    try (Capture capture = stream.capture(stream.queue, patience)) {
      for (int statuses = 0; statuses < 35; statuses++) {
        stream.server.status();
      }
      stream.server.send(keepalive(200, false));

      assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(200)));
    }
  }

  @Test
  void anInterruptEndsTheWaitForASourceThatSaysNothing() throws Exception {
    Capture.Patience patience = new Capture.Patience(NEVER, NEVER, NEVER);
    CompletableFuture<Capture> started = new CompletableFuture<>();
    Thread starting =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    started.complete(stream.open(stream.queue, patience));
                  } catch (Exception e) {
                    started.completeExceptionally(e);
                  }
                });
    stream.server.awaitStart();
    starting.interrupt();

    stream.server.awaitEnd();
    assertThatThrownBy(() -> started.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void whatIsSaidUnaskedBesideTheLastAnswerToTheDriverIsTakenForThat() throws Exception {
    CompletableFuture<Capture> starting = stream.starting(status(NEVER));
    stream.server.awaitStart(bytes(new ParameterStatus("work_mem", "4MB")));
    stream.server.beginStream();

    try (Capture capture = starting.get(30, TimeUnit.SECONDS)) {
      assertThat(stream.server.status().durable()).isEqualTo(FROM);
    }
  }

  @Test
  void aMessageThatIsCutByTheHandoverIsWhole() throws Exception {
    byte[] unasked = bytes(new ParameterStatus("work_mem", "4MB"));
    for (int cut = 1; cut < unasked.length; cut++) {
      CompletableFuture<Capture> starting = stream.starting(status(NEVER));
      stream.server.awaitStart(Arrays.copyOf(unasked, cut));
      stream.server.send(Arrays.copyOfRange(unasked, cut, unasked.length));
      stream.server.beginStream();

      try (Capture capture = starting.get(30, TimeUnit.SECONDS)) {
        assertThat(stream.server.status().durable()).isEqualTo(FROM);
      }
    }
  }

  @Test
  void theWordsOfAServerThatEndsAtTheHandoverAreGiven() throws Exception {
    CompletableFuture<Capture> starting = stream.starting(status(NEVER));
    stream.server.awaitStart(bytes(ErrorResponse.fatal("57P01", "good bye")));

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .hasMessageEndingWith("It says: FATAL: good bye")
        .satisfies(e -> assertThat(Failures.state(e)).isEqualTo("57P01"));
  }
}
