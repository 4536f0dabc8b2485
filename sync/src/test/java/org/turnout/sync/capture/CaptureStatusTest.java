package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.sync.capture.ScriptedServer.keepalive;
import static org.turnout.sync.capture.ScriptedServer.type;
import static org.turnout.sync.capture.ScriptedStream.ALWAYS;
import static org.turnout.sync.capture.ScriptedStream.FROM;
import static org.turnout.sync.capture.ScriptedStream.NEVER;
import static org.turnout.sync.capture.ScriptedStream.status;
import static org.turnout.sync.capture.ScriptedStream.take;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.StandbyStatusUpdate;
import org.turnout.sync.side.PostgresSide;

/** What a source hears of the one that reads its stream, and when. */
@Timeout(60)
class CaptureStatusTest {
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
  void aSourceThatAsksIsAnsweredWhileNothingElseComes() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      stream.server.send(keepalive(200, true));

      assertThat(stream.server.status())
          .extracting(StandbyStatusUpdate::received, StandbyStatusUpdate::durable)
          .containsExactly(new Lsn(200), FROM);
      assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(200), true));

      capture.confirm(new Lsn(200));
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(200));
      stream.server.send(keepalive(200, true));
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(200));
      assertThat(stream.take())
          .as("asked again, though nothing is new")
          .isEqualTo(new StreamItem.Position(new Lsn(200), true));
    }
  }

  @Test
  void theSourceHearsRegularlyWhileNothingComes() throws Exception {
    try (Capture capture = stream.capture(ALWAYS)) {
      stream.server.awaitFreshStatus();
      capture.confirm(new Lsn(150));
      while (!stream.server.status().durable().equals(new Lsn(150))) {
        // What was on its way.
      }
    }
  }

  @Test
  void whatIsConfirmedIsSentAtOnceWhileTheSourceWaitsForIt() throws Exception {
    try (Capture capture = stream.capture(NEVER)) {
      capture.confirm(new Lsn(150));
      capture.confirmAtOnce(true);
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(150));

      capture.confirm(new Lsn(160));
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(160));
      capture.confirm(new Lsn(155));
      capture.confirmAtOnce(false);
      capture.confirm(new Lsn(170));
      stream.server.send(keepalive(200, true));
      assertThat(stream.server.status())
          .as("nothing was sent for what nobody waits for")
          .extracting(StandbyStatusUpdate::received, StandbyStatusUpdate::durable)
          .containsExactly(new Lsn(200), new Lsn(170));
    }
  }

  @Test
  void theSourceHearsRegularlyWhileTheQueueIsFull() throws Exception {
    StreamQueue small = new StreamQueue(1);
    try (Capture capture = stream.capture(small, status(ALWAYS))) {
      stream.server.send(type("a"), type("b"), type("c"));
      small.peek();
      stream.server.awaitFreshStatus();
      stream.server.awaitFreshStatus();

      for (String name : new String[] {"a", "b", "c"}) {
        assertThat(((StreamItem.Message) take(small)).content())
            .isEqualTo(new PgOutputMessage.Type(7, "s", name));
      }
    }
  }

  @Test
  void aSourceThatAsksAgainAndAgainHearsNothingTwiceButAtOnceWhatItWaitsFor() throws Exception {
    Capture.Patience patience = new Capture.Patience(NEVER, NEVER, PostgresSide.LOGIN);
    try (Capture capture = stream.capture(stream.queue, patience)) {
      for (int times = 0; times < 1000; times++) {
        stream.server.send(keepalive(200, true));
        assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(200), true));
      }

      capture.confirm(new Lsn(150));
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(150));
      stream.server.send(keepalive(200, true));
      assertThat(stream.take()).isEqualTo(new StreamItem.Position(new Lsn(200), true));
      capture.confirm(new Lsn(200));
      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(200));
    }
  }

  @Test
  void aSourceThatAsksBehindWhatWasConfirmedUnaskedHearsThatAtOnce() throws Exception {
    Capture.Patience patience = new Capture.Patience(NEVER, NEVER, PostgresSide.LOGIN);
    try (Capture capture = stream.capture(stream.queue, patience)) {
      capture.confirm(new Lsn(150));
      stream.server.send(keepalive(200, true));

      assertThat(stream.server.status().durable()).isEqualTo(new Lsn(150));
    }
  }

  @Test
  void aSourceThatAsksAgainAndAgainIsAnsweredAgainAndAgain() throws Exception {
    Capture.Patience patience = new Capture.Patience(NEVER, ALWAYS, PostgresSide.LOGIN);
    try (Capture capture = stream.capture(stream.queue, patience)) {
      for (int times = 0; times < 20; times++) {
        stream.server.send(keepalive(200, true));
        assertThat(stream.server.status().durable()).isEqualTo(FROM);
      }
    }
  }
}
