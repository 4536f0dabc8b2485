package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.sync.capture.ScriptedServer.begin;
import static org.turnout.sync.capture.ScriptedServer.commit;
import static org.turnout.sync.capture.ScriptedServer.frame;
import static org.turnout.sync.capture.ScriptedServer.keepalive;
import static org.turnout.sync.capture.ScriptedServer.type;
import static org.turnout.sync.capture.ScriptedStream.ALWAYS;
import static org.turnout.sync.capture.ScriptedStream.NEVER;
import static org.turnout.sync.capture.ScriptedStream.status;
import static org.turnout.sync.capture.ScriptedStream.take;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.SyncException;

/** What arrives of a server that says what servers rarely say, or says it in pieces. */
@Timeout(60)
class CaptureTest {
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
  void aMessageCutAnywhereArrivesWholeWhateverPassesInBetween() throws Exception {
    byte[] message = type("mood");
    try (Capture capture = stream.capture(ALWAYS)) {
      for (int cut = 1; cut < message.length; cut++) {
        stream.server.send(Arrays.copyOf(message, cut));
        stream.server.awaitFreshStatus();
        stream.server.send(Arrays.copyOfRange(message, cut, message.length));
        assertThat(stream.takeContent()).isEqualTo(new PgOutputMessage.Type(7, "s", "mood"));
      }
    }
  }

  @Test
  void manyMessagesOfEverySizeArriveInTheirOrder() throws Exception {
    StreamQueue large = new StreamQueue(Long.MAX_VALUE);
    try (Capture capture = stream.capture(large, status(ALWAYS))) {
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int size = 0; size < 400_000; size += 997) {
                    stream.server.send(type("x".repeat(size)), keepalive(size, true));
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
  void positionsAreHandedOnOnlyBetweenTransactions() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(begin(300), keepalive(250, true));
      stream.server.status();
      stream.server.send(commit(300));
      assertThat(stream.takeContent()).isInstanceOf(PgOutputMessage.Begin.class);
      assertThat(stream.takeContent()).isInstanceOf(PgOutputMessage.Commit.class);

      assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(300), true));

      stream.server.send(keepalive(290, false), keepalive(310, false));
      assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(310)));
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
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(sent);

      assertThat(stream.failure())
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("is damaged")
          .rootCause()
          .hasMessageContaining(why);
    }
  }
}
