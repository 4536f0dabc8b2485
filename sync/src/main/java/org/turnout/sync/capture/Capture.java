package org.turnout.sync.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputDecoder;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.ReplicationMessage;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;

/**
 * Reads one stream on a thread of its own, decodes it and hands it on by a {@link StreamQueue}.
 * When the queue is full it stops reading, which makes the source wait; the signs of life are those
 * of a {@link StatusSender}, whatever the reader does. Its failure reaches the reader of the queue
 * behind the last piece. Does not reconnect: that is for the owner, who knows what is durable.
 */
public final class Capture implements AutoCloseable {
  /** Memory of a decoded message beyond its bytes, roughly. */
  private static final long OVERHEAD = 120;

  private final PostgresSide source;
  private final StreamQueue queue;
  private final ReplicationStream stream;
  private final StatusSender status;
  private final Thread thread;
  private Lsn received;
  private Lsn reached;
  private boolean inTransaction;
  private boolean asked;
  private volatile @Nullable Throwable unsent;
  private volatile boolean closed;

  /**
   * How long is waited for what.
   *
   * @param status the source hears something at least as often
   * @param beforeAnswer see {@link StatusSender}
   * @param silence see {@link ReplicationStream#open}
   */
  record Patience(Duration status, Duration beforeAnswer, Duration silence) {
    /**
     * Servers cut a reader that is silent for {@code wal_sender_timeout}, a minute by default, and
     * ask it when half of that is over, which is longer than ten answers in a second need. The
     * stream has as long to begin as the login had.
     */
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(1), Duration.ofMillis(100), PostgresSide.LOGIN);
  }

  private Capture(
      PostgresSide source,
      StreamQueue queue,
      ReplicationStream stream,
      Lsn from,
      Patience patience) {
    this.source = source;
    this.queue = queue;
    this.stream = stream;
    this.received = from;
    this.reached = from;
    String prefix = "turnout-" + source.route();
    String suffix = "-" + source.side().word();
    this.status =
        new StatusSender(
            prefix + "-status" + suffix,
            stream.output(),
            from,
            patience.status(),
            patience.beforeAnswer(),
            this::cannotSend);
    this.thread =
        Thread.ofPlatform().daemon().name(prefix + "-capture" + suffix).unstarted(this::run);
  }

  /**
   * Opens the stream and begins to read. Ends with an error when the source says nothing for ten
   * seconds; to end it before, see {@link org.turnout.sync.side.Interruptible}.
   *
   * @param from see {@link ReplicationStream#open}
   */
  public static Capture start(PostgresSide source, StreamName name, Lsn from, StreamQueue queue)
      throws SyncException {
    return start(source, name, from, queue, Patience.USUAL);
  }

  static Capture start(
      PostgresSide source, StreamName name, Lsn from, StreamQueue queue, Patience patience)
      throws SyncException {
    ReplicationStream stream = ReplicationStream.open(source, name, from, patience.silence());
    Capture capture = new Capture(source, queue, stream, from, patience);
    capture.status.start();
    capture.thread.start();
    return capture;
  }

  /** Everything before this position is durable on the other side; any thread, without waiting. */
  public void confirm(Lsn position) {
    status.confirm(position);
  }

  /** Whether the source waits for what is confirmed, so that it is told without delay. */
  public void confirmAtOnce(boolean wanted) {
    status.confirmAtOnce(wanted);
  }

  private void run() {
    try {
      while (!closed) {
        read(stream.next());
        if (!stream.hasNext()) {
          handOnPosition();
        }
      }
      queue.fail(new SyncException("The change stream was closed"));
    } catch (SQLException e) {
      queue.fail(source.failure("reading the change stream", withUnsent(e)));
    } catch (ProtocolException e) {
      queue.fail(new SyncException("The change stream of " + source + " is damaged", e));
    } catch (InterruptedException e) {
      queue.fail(new SyncException("The change stream was closed", e));
    } catch (RuntimeException | Error e) {
      queue.fail(new SyncException("A defect ended the change stream: " + e, e));
      throw e;
    }
  }

  private void read(ReplicationMessage message) throws InterruptedException {
    switch (message) {
      case ReplicationMessage.XLogData data -> {
        arrived(data.start());
        handOn(data.data());
      }
      case ReplicationMessage.Keepalive keepalive -> {
        arrived(keepalive.end());
        if (keepalive.replyRequested()) {
          asked = true;
          status.reply();
        }
      }
    }
  }

  /** Positions of the changes in a transaction lie behind those that came before it. */
  private void arrived(Lsn position) {
    if (position.isAfter(received)) {
      received = position;
      status.received(position);
    }
  }

  /**
   * Between two transactions everything committed before what has arrived has been handed out. The
   * source says so by itself when its log moves without changes for this stream.
   */
  private void handOnPosition() throws InterruptedException {
    if (!inTransaction && (asked || received.isAfter(reached))) {
      reached = Lsn.max(received, reached);
      put(new StreamItem.Position(reached, asked));
      asked = false;
    }
  }

  private void handOn(ByteBuffer message) throws InterruptedException {
    // The decoded message keeps the bytes, which nobody else has.
    long size = message.remaining() + OVERHEAD;
    PgOutputMessage content = PgOutputDecoder.decode(message);
    switch (content) {
      case PgOutputMessage.Begin begin -> inTransaction = true;
      case PgOutputMessage.Commit commit -> {
        inTransaction = false;
        reached = Lsn.max(reached, commit.endLsn());
      }
      default -> {}
    }
    put(new StreamItem.Message(content, size));
  }

  private void put(StreamItem item) throws InterruptedException {
    boolean taken = false;
    while (!closed && !taken) {
      taken = queue.offer(item, 1, TimeUnit.SECONDS);
    }
  }

  /** On the thread that sends. What the source has said by now is read still, then its end. */
  private void cannotSend(Throwable cause) {
    unsent = cause;
    try {
      if (cause instanceof IOException) {
        stream.endOutput();
      } else {
        queue.fail(new SyncException("A defect ended the change stream: " + cause, cause));
        stream.abort();
      }
    } catch (IOException | SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * A connection that ended after a write had failed ended because of that; the server's own words
   * say more than either.
   */
  private SQLException withUnsent(SQLException failure) {
    Throwable cause = unsent;
    if (cause == null) {
      return failure;
    }
    SQLException whole = failure;
    if (Failures.CONNECTION.equals(failure.getSQLState())) {
      String words = "sending to it failed (%s), then %s";
      whole =
          new SQLException(
              words.formatted(cause.getMessage(), failure.getMessage()),
              Failures.CONNECTION,
              failure);
    }
    whole.addSuppressed(cause);
    return whole;
  }

  /** Ends reading and waits until the threads have ended, which is at once. The slot stays. */
  @Override
  public void close() throws SyncException {
    closed = true;
    status.close();
    thread.interrupt();
    try {
      stream.abort();
    } catch (SQLException e) {
      throw source.failure("closing the change stream", e);
    }
    join(thread);
    join(status.thread());
  }

  private static void join(Thread ended) {
    boolean interrupted = false;
    while (ended.isAlive()) {
      try {
        ended.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
