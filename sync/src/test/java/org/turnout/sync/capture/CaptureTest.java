package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.sync.capture.ScriptedServer.begin;
import static org.turnout.sync.capture.ScriptedServer.bytes;
import static org.turnout.sync.capture.ScriptedServer.commit;
import static org.turnout.sync.capture.ScriptedServer.frame;
import static org.turnout.sync.capture.ScriptedServer.keepalive;
import static org.turnout.sync.capture.ScriptedServer.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.StandbyStatusUpdate;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/** Reading a stream of a server that says what servers rarely say, or says it in pieces. */
@Timeout(60)
class CaptureTest {
  private static final StreamName NAME = new StreamName(TestSides.ROUTE, new Epoch(7));
  private static final Lsn FROM = new Lsn(100);
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration ALWAYS = Duration.ofMillis(1);

  private final StreamQueue queue = new StreamQueue(1 << 20);
  private ScriptedServer server;
  private PostgresSide side;

  @BeforeEach
  void listen() throws IOException {
    server = new ScriptedServer();
    side = server.side();
  }

  @AfterEach
  void hangUp() throws IOException {
    side.close();
    server.close();
  }

  private CompletableFuture<Capture> starting(StreamQueue into, Duration status) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Capture.start(side, NAME, FROM, into, status);
          } catch (SyncException e) {
            throw new CompletionException(e);
          }
        });
  }

  /** A capture that streams, whose first status has been read. */
  private Capture capture(StreamQueue into, Duration status) throws Exception {
    CompletableFuture<Capture> starting = starting(into, status);
    server.begin();
    Capture capture = starting.get(30, TimeUnit.SECONDS);
    assertThat(server.status().durable()).isEqualTo(FROM);
    return capture;
  }

  private static StreamItem take(StreamQueue queue) throws Exception {
    StreamItem item = queue.peek();
    queue.remove(item);
    return item;
  }

  private Object takeContent() throws Exception {
    return ((StreamItem.Message) take(queue)).content();
  }

  private Throwable failure() {
    return org.assertj.core.api.Assertions.catchThrowable(queue::peek);
  }

  @Test
  void theStreamIsAskedForFromWhereItIsToGoOn() throws Exception {
    CompletableFuture<Capture> starting = starting(queue, NEVER);
    assertThat(server.awaitStart())
        .isEqualTo(
            "START_REPLICATION SLOT turnout_shop_7 LOGICAL 0/64 (\"proto_version\" '1',"
                + " \"publication_names\" 'turnout_shop_7', \"messages\" 'true')");
    server.send(
        bytes(new ParameterStatus("work_mem", "4MB")),
        bytes(new NoticeResponse(Report.of("NOTICE", "00000", "hello"))),
        frame(BackendType.COPY_BOTH_RESPONSE, new byte[] {0, 0, 0}));

    try (Capture capture = starting.get(30, TimeUnit.SECONDS)) {
      assertThat(server.status())
          .extracting(
              StandbyStatusUpdate::received,
              StandbyStatusUpdate::durable,
              StandbyStatusUpdate::applied)
          .containsExactly(FROM, FROM, FROM);
    }
  }

  @Test
  void aMessageCutAnywhereArrivesWholeWhateverPassesInBetween() throws Exception {
    byte[] message = type("mood");
    try (Capture capture = capture(queue, ALWAYS)) {
      for (int cut = 1; cut < message.length; cut++) {
        server.send(Arrays.copyOf(message, cut));
        server.awaitFreshStatus();
        server.send(Arrays.copyOfRange(message, cut, message.length));
        assertThat(takeContent()).isEqualTo(new PgOutputMessage.Type(7, "s", "mood"));
      }
    }
  }

  @Test
  void manyMessagesOfEverySizeArriveInTheirOrder() throws Exception {
    StreamQueue large = new StreamQueue(Long.MAX_VALUE);
    try (Capture capture = capture(large, ALWAYS)) {
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int size = 0; size < 400_000; size += 997) {
                    server.send(type("x".repeat(size)), keepalive(size, true));
                  }
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              });
      for (int size = 0; size < 400_000; size += 997) {
        StreamItem item = take(large);
        while (item instanceof StreamItem.Position) {
          item = take(large);
        }
        PgOutputMessage content = ((StreamItem.Message) item).content();
        assertThat(((PgOutputMessage.Type) content).name()).hasSize(size);
      }
      sent.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSourceThatAsksIsAnsweredWhileNothingElseComes() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(keepalive(200, true));

      assertThat(server.status())
          .extracting(StandbyStatusUpdate::received, StandbyStatusUpdate::durable)
          .containsExactly(new Lsn(200), FROM);
      assertThat(take(queue)).isEqualTo(new StreamItem.Position(new Lsn(200), true));

      capture.confirm(new Lsn(200));
      assertThat(server.status().durable()).isEqualTo(new Lsn(200));
      server.send(keepalive(200, true));
      assertThat(server.status().durable()).isEqualTo(new Lsn(200));
      assertThat(take(queue))
          .as("asked again, though nothing is new")
          .isEqualTo(new StreamItem.Position(new Lsn(200), true));
    }
  }

  @Test
  void theSourceHearsRegularlyWhileNothingComes() throws Exception {
    try (Capture capture = capture(queue, ALWAYS)) {
      server.awaitFreshStatus();
      capture.confirm(new Lsn(150));
      while (!server.status().durable().equals(new Lsn(150))) {
        // What was on its way.
      }
    }
  }

  @Test
  void whatIsConfirmedIsSentAtOnceWhileTheSourceWaitsForIt() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      capture.confirm(new Lsn(150));
      capture.confirmAtOnce(true);
      assertThat(server.status().durable()).isEqualTo(new Lsn(150));

      capture.confirm(new Lsn(160));
      assertThat(server.status().durable()).isEqualTo(new Lsn(160));
      capture.confirm(new Lsn(155));
      capture.confirmAtOnce(false);
      capture.confirm(new Lsn(170));
      server.send(keepalive(200, true));
      assertThat(server.status())
          .as("nothing was sent for what nobody waits for")
          .extracting(StandbyStatusUpdate::received, StandbyStatusUpdate::durable)
          .containsExactly(new Lsn(200), new Lsn(170));
    }
  }

  @Test
  void positionsAreHandedOnOnlyBetweenTransactions() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(begin(300), keepalive(250, true));
      server.status();
      server.send(commit(300));
      assertThat(takeContent()).isInstanceOf(PgOutputMessage.Begin.class);
      assertThat(takeContent()).isInstanceOf(PgOutputMessage.Commit.class);

      assertThat(take(queue)).isEqualTo(new StreamItem.Position(new Lsn(300), true));

      server.send(keepalive(290, false), keepalive(310, false));
      assertThat(take(queue)).isEqualTo(new StreamItem.Position(new Lsn(310)));
    }
  }

  @Test
  void theSourceHearsRegularlyWhileTheQueueIsFull() throws Exception {
    StreamQueue small = new StreamQueue(1);
    try (Capture capture = capture(small, ALWAYS)) {
      server.send(type("a"), type("b"), type("c"));
      small.peek();
      server.awaitFreshStatus();
      server.awaitFreshStatus();

      for (String name : new String[] {"a", "b", "c"}) {
        assertThat(((StreamItem.Message) take(small)).content())
            .isEqualTo(new PgOutputMessage.Type(7, "s", name));
      }
    }
  }

  @Test
  void closingEndsAReaderThatWaitsInTheMiddleOfAMessage() throws Exception {
    Capture capture = capture(queue, NEVER);
    byte[] message = type("mood");
    server.send(keepalive(200, false), Arrays.copyOf(message, message.length - 1));
    assertThat(take(queue)).isEqualTo(new StreamItem.Position(new Lsn(200)));

    capture.close();

    server.awaitEnd();
    assertThat(failure()).isInstanceOf(SyncException.class);
  }

  @Test
  void closingEndsAReaderWhoseQueueIsFull() throws Exception {
    StreamQueue small = new StreamQueue(1);
    Capture capture = capture(small, NEVER);
    server.send(type("a"), type("b"));
    small.peek();

    capture.close();

    server.awaitEnd();
    take(small);
    assertThatThrownBy(small::peek).isInstanceOf(SyncException.class);
  }

  @Test
  void whatTheServerSaysLastReachesTheOperatorBehindTheLastPiece() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(
          type("mood"),
          bytes(new ParameterStatus("work_mem", "4MB")),
          bytes(new NoticeResponse(Report.of("WARNING", "01000", "soon"))),
          bytes(
              ErrorResponse.fatal("57P01", "terminating connection due to administrator command")
                  .detail("Somebody wished it.")));
      server.hangUp();

      assertThat(takeContent()).isInstanceOf(PgOutputMessage.Type.class);
      assertThat(failure())
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("is shutting down or starting up (while reading the change stream)")
          .hasMessageContaining(
              "It says: FATAL: terminating connection due to administrator command   Detail:"
                  + " Somebody wished it.");
      assertThat(Failures.isTransient(failure())).isTrue();
      assertThat(Failures.state(failure())).isEqualTo("57P01");
    }
  }

  @Test
  void aStreamThatTheServerEndsMayGoOnLater() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(frame(BackendType.COPY_DONE, new byte[0]));

      assertThat(failure()).hasMessageContaining("the server has ended the stream");
      assertThat(Failures.isTransient(failure())).isTrue();
    }
  }

  @Test
  void aConnectionThatEndsInTheMiddleOfAMessageMayComeBack() throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(Arrays.copyOf(type("mood"), 20));
      server.hangUp();

      assertThat(failure())
          .hasMessageContaining("no connection to the server at 127.0.0.1")
          .hasMessageContaining("the server has closed the connection");
      assertThat(Failures.isTransient(failure())).isTrue();
    }
  }

  @Test
  void lengthsThatCannotBeAreRefusedBeforeMemoryIsTakenForThem() throws Exception {
    assertDamaged(header('d', Integer.MAX_VALUE), "length 2147483647");
  }

  @Test
  void negativeLengthsAreRefused() throws Exception {
    assertDamaged(header('d', -1), "length -1");
  }

  @Test
  void longMessagesThatHoldNoDataAreRefused() throws Exception {
    assertDamaged(header('N', 1 << 24), "message 'N'");
  }

  @Test
  void whatIsNoMessageIsRefused() throws Exception {
    assertDamaged(new byte[] {0, 1, 2, 3, 4, 5}, "type 0x00");
  }

  @Test
  void messagesOutOfTheirTurnAreRefused() throws Exception {
    assertDamaged(frame(BackendType.READY_FOR_QUERY, new byte[] {'I'}), "'Z' where 'd' is due");
  }

  @Test
  void contentThatIsNoMessageOfAStreamIsRefused() throws Exception {
    assertDamaged(
        frame(BackendType.COPY_DATA, new byte[] {'x'}), "unknown message of the replication");
  }

  private static byte[] header(char type, int length) {
    return ByteBuffer.allocate(5).put((byte) type).putInt(length).array();
  }

  private void assertDamaged(byte[] sent, String why) throws Exception {
    try (Capture capture = capture(queue, NEVER)) {
      server.send(sent);

      assertThat(failure())
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("is damaged")
          .rootCause()
          .hasMessageContaining(why);
    }
  }

  @Test
  void aRefusalToBeginIsGivenInTheServersWords() throws Exception {
    CompletableFuture<Capture> starting = starting(queue, NEVER);
    server.awaitStart();
    server.send(bytes(ErrorResponse.error("55006", "replication slot is active for PID 42")));

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("reading the change stream turnout_shop_7, SQLSTATE 55006")
        .hasMessageContaining("It says: ERROR: replication slot is active for PID 42")
        .satisfies(e -> assertThat(Failures.state(e)).isEqualTo("55006"));
    server.awaitEnd();
  }

  @Test
  void whatCannotBeAnAnswerToTheBeginningIsTriedAgain() throws Exception {
    CompletableFuture<Capture> starting = starting(queue, NEVER);
    server.awaitStart();
    server.send(new byte[] {1, 2, 3, 4, 5});

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(SyncException.class)
        .hasMessageContaining("type 0x01")
        .satisfies(e -> assertThat(Failures.isTransient(e)).isTrue());
    server.awaitEnd();
  }
}
