package org.turnout.sync.capture;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputDecoder;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Reads one stream on a thread of its own, decodes it and hands it on by a {@link StreamQueue}.
 * When the queue is full it stops reading, which makes the source wait, but goes on giving signs of
 * life. Its failure reaches the reader of the queue behind the last piece. Does not reconnect: that
 * is for the owner, who knows what is durable.
 */
public final class Capture implements AutoCloseable {
  /** Memory of a decoded message beyond its bytes, roughly. */
  private static final long OVERHEAD = 120;

  private static final long STATUS_MILLIS = 1000;

  private final PostgresSide source;
  private final StreamQueue queue;
  private final ReplicationStream stream;
  private final AtomicReference<Lsn> durable;
  private final Thread thread;
  private Lsn confirmed;
  private Lsn reached;
  private boolean inTransaction;
  private volatile boolean atOnce;
  private volatile boolean closed;

  private Capture(PostgresSide source, StreamQueue queue, ReplicationStream stream, Lsn from) {
    this.source = source;
    this.queue = queue;
    this.stream = stream;
    this.durable = new AtomicReference<>(from);
    this.confirmed = from;
    this.reached = from;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + source.route() + "-capture-" + source.side().word())
            .unstarted(this::run);
  }

  /** Opens the stream and begins to read; see {@link ReplicationStream#open}. */
  public static Capture start(PostgresSide source, StreamName name, Lsn from, StreamQueue queue)
      throws SyncException {
    Capture capture = new Capture(source, queue, ReplicationStream.open(source, name, from), from);
    capture.thread.start();
    return capture;
  }

  /** Everything before this position is durable on the other side; any thread. */
  public void confirm(Lsn position) {
    durable.set(position);
  }

  /** Whether the source waits for what is confirmed, so that it is told without delay. */
  public void confirmAtOnce(boolean wanted) {
    atOnce = wanted;
  }

  private void run() {
    try {
      while (!closed) {
        ByteBuffer message = stream.next();
        confirmDurable();
        if (message == null) {
          handOnPosition();
        } else {
          handOn(message);
        }
      }
      queue.fail(new SyncException("The change stream was closed"));
    } catch (SQLException e) {
      queue.fail(source.failure("reading the change stream", e));
    } catch (ProtocolException e) {
      queue.fail(new SyncException("The change stream of " + source + " is damaged", e));
    } catch (InterruptedException e) {
      queue.fail(new SyncException("The change stream was closed", e));
    } catch (RuntimeException | Error e) {
      queue.fail(new SyncException("A defect ended the change stream: " + e, e));
      throw e;
    }
  }

  private void confirmDurable() throws SQLException {
    Lsn position = durable.get();
    if (position.isAfter(confirmed)) {
      confirmed = position;
      stream.confirm(position);
      if (atOnce) {
        stream.sendStatus();
      }
    }
  }

  private void handOnPosition() throws SQLException, InterruptedException {
    Lsn position = stream.reached();
    if (!inTransaction && position.isAfter(reached)) {
      reached = position;
      put(new StreamItem.Position(position));
    }
  }

  private void handOn(ByteBuffer message) throws SQLException, InterruptedException {
    // The decoded message keeps the bytes, which the driver does not use again.
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

  private void put(StreamItem item) throws SQLException, InterruptedException {
    while (!closed && !queue.offer(item, STATUS_MILLIS, TimeUnit.MILLISECONDS)) {
      confirmDurable();
      stream.sendStatus();
    }
  }

  /** Ends reading and waits until the thread has ended, which is at once. The slot stays. */
  @Override
  public void close() throws SyncException {
    closed = true;
    thread.interrupt();
    try {
      stream.abort();
    } catch (SQLException e) {
      throw source.failure("closing the change stream", e);
    }
    joinThread();
  }

  private void joinThread() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
