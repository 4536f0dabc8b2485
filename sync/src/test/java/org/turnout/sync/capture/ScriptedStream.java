package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Epoch;
import org.turnout.sync.side.Interruptible;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/** A capture of what a {@link ScriptedServer} says, and the queue that it fills. */
final class ScriptedStream implements AutoCloseable {
  static final StreamName NAME = new StreamName(TestSides.ROUTE, new Epoch(7));
  static final Lsn FROM = new Lsn(100);
  static final Duration NEVER = Duration.ofDays(1);
  static final Duration ALWAYS = Duration.ofMillis(1);

  final StreamQueue queue = new StreamQueue(1 << 20);
  final ScriptedServer server = new ScriptedServer();
  final PostgresSide side = server.side();

  ScriptedStream() throws IOException {}

  /** The usual patience, but for the regular status. */
  static Capture.Patience status(Duration between) {
    Capture.Patience usual = Capture.Patience.USUAL;
    return new Capture.Patience(between, usual.beforeAnswer(), usual.silence());
  }

  /** A capture that begins on a thread of its own. */
  CompletableFuture<Capture> starting(Capture.Patience patience) {
    return starting(queue, patience);
  }

  private CompletableFuture<Capture> starting(StreamQueue into, Capture.Patience patience) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return open(into, patience);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  /** As the owners of captures begin them. */
  Capture open(StreamQueue into, Capture.Patience patience) throws Exception {
    return Interruptible.open(
        "turnout-test-open", () -> Capture.start(side, NAME, FROM, into, patience));
  }

  /** A capture that streams, whose first status has been read. */
  Capture capture(StreamQueue into, Capture.Patience patience) throws Exception {
    CompletableFuture<Capture> starting = starting(into, patience);
    server.begin();
    Capture capture = starting.get(30, TimeUnit.SECONDS);
    assertThat(server.status().durable()).isEqualTo(FROM);
    return capture;
  }

  Capture capture(Duration status) throws Exception {
    return capture(queue, status(status));
  }

  static StreamItem take(StreamQueue queue) throws Exception {
    StreamItem item = queue.peek();
    queue.remove(item);
    return item;
  }

  StreamItem take() throws Exception {
    return take(queue);
  }

  Object takeContent() throws Exception {
    return ((StreamItem.Message) take()).content();
  }

  /** What comes behind the last piece. */
  Throwable failure() {
    return catchThrowable(queue::peek);
  }

  @Override
  public void close() throws IOException {
    side.close();
    server.close();
  }
}
