package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.turnout.sync.capture.ScriptedServer.bytes;
import static org.turnout.sync.capture.ScriptedServer.frame;
import static org.turnout.sync.capture.ScriptedServer.keepalive;
import static org.turnout.sync.capture.ScriptedServer.type;
import static org.turnout.sync.capture.ScriptedStream.ALWAYS;
import static org.turnout.sync.capture.ScriptedStream.NEVER;
import static org.turnout.sync.capture.ScriptedStream.status;
import static org.turnout.sync.capture.ScriptedStream.take;

import java.io.IOException;
import java.net.SocketException;
import java.util.Arrays;
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
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;

/** How a stream ends, and what its reader is told then. */
@Timeout(60)
class CaptureEndTest {
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
  void closingEndsAReaderThatWaitsInTheMiddleOfAMessage() throws Exception {
    Capture capture = stream.capture(NEVER);
    byte[] message = type("mood");
    stream.server.send(keepalive(200, false), Arrays.copyOf(message, message.length - 1));
    assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(200)));

    capture.close();

    stream.server.awaitEnd();
    assertThat(stream.failure()).isInstanceOf(SyncException.class);
  }

  @Test
  void closingEndsAReaderWhoseQueueIsFull() throws Exception {
    StreamQueue small = new StreamQueue(1);
    Capture capture = stream.capture(small, status(NEVER));
    stream.server.send(type("a"), type("b"));
    small.peek();

    capture.close();

    stream.server.awaitEnd();
    take(small);
    assertThatThrownBy(small::peek).isInstanceOf(SyncException.class);
  }

  @Test
  void whatTheServerSaysLastReachesTheOperatorBehindTheLastPiece() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(
          type("mood"),
          bytes(new ParameterStatus("work_mem", "4MB")),
          bytes(new NoticeResponse(Report.of("WARNING", "01000", "soon"))),
          bytes(
              ErrorResponse.fatal("57P01", "terminating connection due to administrator command")
                  .detail("Somebody wished it.")));
      stream.server.hangUp();

      assertThat(stream.takeContent()).isInstanceOf(PgOutputMessage.Type.class);
      assertThat(stream.failure())
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("is shutting down or starting up (while reading the change stream)")
          .hasMessageContaining(
              "It says: FATAL: terminating connection due to administrator command   Detail:"
                  + " Somebody wished it.");
      assertThat(Failures.isTransient(stream.failure())).isTrue();
      assertThat(Failures.state(stream.failure())).isEqualTo("57P01");
    }
  }

  @Test
  void aStreamThatTheServerEndsMayGoOnLater() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(frame(BackendType.COPY_DONE, new byte[0]));

      assertThat(stream.failure()).hasMessageContaining("the server has ended the stream");
      assertThat(Failures.isTransient(stream.failure())).isTrue();
    }
  }

  @Test
  void aConnectionThatEndsInTheMiddleOfAMessageMayComeBack() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(Arrays.copyOf(type("mood"), 20));
      stream.server.hangUp();

      assertThat(stream.failure())
          .hasMessageContaining("no connection to the server at 127.0.0.1")
          .hasMessageContaining("the server has closed the connection");
      assertThat(Failures.isTransient(stream.failure())).isTrue();
    }
  }

  @Test
  void aWriteIntoAConnectionThatIsCutIsNamedBehindTheLastPiece() throws Exception {
    StreamQueue small = new StreamQueue(1);
    try (Capture capture = stream.capture(small, status(ALWAYS))) {
      stream.server.send(type("a"), type("b"));
      small.peek();
      stream.server.vanish();
      awaitEndOfSending();

      takeAll(small, "a", "b");
      Throwable failure = catchThrowable(small::peek);
      assertThat(failure)
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("no connection to the server at 127.0.0.1")
          .hasMessageMatching(
              "(?s).*sending to it failed \\((Connection reset|Broken pipe).*\\), then .*");
      assertThat(failure.getCause().getSuppressed())
          .singleElement()
          .isInstanceOf(SocketException.class);
      assertThat(Failures.isTransient(failure)).isTrue();
    }
  }

  @Test
  void whatTheServerSaidLastIsReadThoughWritingToItFailed() throws Exception {
    StreamQueue small = new StreamQueue(1);
    try (Capture capture = stream.capture(small, status(ALWAYS))) {
      stream.server.send(type("a"), type("b"), bytes(ErrorResponse.fatal("57P01", "good bye")));
      small.peek();
      stream.server.vanish();
      awaitEndOfSending();

      takeAll(small, "a", "b");
      assertThat(catchThrowable(small::peek))
          .hasMessageContaining("is shutting down")
          .hasMessageEndingWith("It says: FATAL: good bye");
    }
  }

  /** The reader stands before the full queue meanwhile, so that it is the write that fails. */
  private static void awaitEndOfSending() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("turnout-shop-status-blue")) {
        thread.join();
      }
    }
  }

  private static void takeAll(StreamQueue queue, String... names) throws Exception {
    for (String name : names) {
      assertThat(((StreamItem.Message) take(queue)).content())
          .isEqualTo(new PgOutputMessage.Type(7, "s", name));
    }
  }
}
