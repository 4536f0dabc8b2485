package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.Capture;
import org.turnout.sync.capture.Publication;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamItem;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.capture.StreamQueue;
import org.turnout.sync.side.Interruptible;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Table;

/**
 * The stream of the next epoch before it counts: its publication and slot are made, and what it
 * brings is read and thrown away (it is what the stream of this epoch writes), so that the slot
 * stands close to the end of the log. Arming makes durable from where it counts.
 *
 * <p>Rule: from {@link #arm} on nothing is confirmed to the source any more, so everything behind
 * the armed position is still to be had. Called by the thread of the switchover; the throwing away
 * has a thread of its own.
 */
public final class PreparedStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PreparedStream.class);
  private static final long AHEAD_BYTES = 1 << 20;

  /** Where the log ends, and whether a slot is still read and has all of it that it needs. */
  private static final String END =
      """
      SELECT pg_current_wal_insert_lsn(),
             EXISTS (SELECT 1 FROM pg_replication_slots
                      WHERE slot_name = ? AND slot_type = 'logical' AND active
                        AND database = current_database()
                        AND wal_status IS DISTINCT FROM 'lost')
      """;

  private final StreamName name;
  private final PostgresSide source;
  private final PostgresSide target;
  private final Connection atSource;
  private final Connection atTarget;
  private final StreamQueue queue;
  private final Capture capture;
  private final Thread thread;
  private boolean frozen;

  private PreparedStream(
      StreamName name,
      PostgresSide source,
      PostgresSide target,
      Connection atSource,
      Connection atTarget,
      StreamQueue queue,
      Capture capture) {
    this.name = name;
    this.source = source;
    this.target = target;
    this.atSource = atSource;
    this.atTarget = atTarget;
    this.queue = queue;
    this.capture = capture;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + name.route() + "-prepared-" + source.side().word())
            .unstarted(this::readAndForget);
  }

  /**
   * Makes publication and slot on the future primary and begins to read. What an earlier attempt
   * left under this name is removed first.
   *
   * @param name of the next epoch
   * @param source the future primary; the helper schema is there
   * @param target the primary of now; the helper schema is there
   * @param tables the tables as the source's catalogue gives them
   * @param deadline how long to wait for transactions that run on the source
   * @param progress told who is waited for, a sentence
   */
  public static PreparedStream prepare(
      StreamName name,
      PostgresSide source,
      PostgresSide target,
      List<Table> tables,
      Duration deadline,
      Consumer<String> progress)
      throws SyncException, InterruptedException {
    remove(name, source, target);
    try {
      ReplicaIdentity.ensureAlsoWithoutKey(source);
      Publication.create(source, name, tables);
      Lsn start = new ReplicationSlot(source, name).create(deadline, progress);
      return Interruptible.open(
          "turnout-" + name.route() + "-prepare", () -> open(name, source, target, start));
    } catch (SyncException | InterruptedException e) {
      removeAfter(e, name, source, target);
      throw e;
    }
  }

  private static PreparedStream open(
      StreamName name, PostgresSide source, PostgresSide target, Lsn start) throws SyncException {
    StreamQueue queue = new StreamQueue(AHEAD_BYTES);
    Connection atSource = source.dedicated("arm");
    Connection atTarget = null;
    try {
      atTarget = durable(target);
      Capture capture = Capture.start(source, name, start, queue);
      PreparedStream prepared =
          new PreparedStream(name, source, target, atSource, atTarget, queue, capture);
      prepared.thread.start();
      return prepared;
    } catch (SyncException e) {
      close(atSource, atTarget);
      throw e;
    }
  }

  /** A connection whose commits survive a crash, whatever the role's settings say. */
  private static Connection durable(PostgresSide target) throws SyncException {
    Connection connection = target.dedicated("arm");
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = on");
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw target.failure("preparing the reverse stream", e);
    }
  }

  private static void close(@Nullable Connection... connections) {
    for (Connection connection : connections) {
      try {
        if (connection != null) {
          connection.close();
        }
      } catch (SQLException e) {
        log.debug("Closing a connection of a prepared stream", e);
      }
    }
  }

  /** Removes slot, publication and position of a stream that does not count; repeatable. */
  public static void remove(StreamName name, PostgresSide source, PostgresSide target)
      throws SyncException {
    new ReplicationSlot(source, name).drop();
    Publication.drop(source, name);
    try (Connection connection = target.control()) {
      new StreamPosition(name).end(connection);
    } catch (SQLException e) {
      throw target.failure("removing the position of stream " + name, e);
    }
  }

  private static void removeAfter(
      Exception failure, StreamName name, PostgresSide source, PostgresSide target) {
    try {
      remove(name, source, target);
    } catch (SyncException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void readAndForget() {
    try {
      while (true) {
        StreamItem item = queue.peek();
        if (item != null) {
          confirm(item);
          queue.remove(item);
        }
      }
    } catch (Exception e) {
      log.debug("Stream {} is not read any more", name, e);
    }
  }

  private synchronized void confirm(StreamItem item) {
    if (frozen) {
      return;
    }
    switch (item) {
      case StreamItem.Position position -> capture.confirm(position.reached());
      case StreamItem.Message message -> {
        if (message.content() instanceof PgOutputMessage.Commit commit) {
          capture.confirm(commit.endLsn());
        }
      }
    }
  }

  /**
   * Reads where the future primary's log ends and makes durable, on the primary of now, that the
   * stream counts from there. To be called while nobody writes to the future primary and all that
   * the other stream brought is committed there.
   *
   * @param timeout for each of two questions
   * @throws SyncException also when there is nothing to arm any more: the slot was dropped, or
   *     nobody reads it
   */
  public void arm(Duration timeout) throws SyncException {
    int limit = Math.toIntExact(Math.max(1, timeout.toMillis()));
    synchronized (this) {
      frozen = true;
    }
    Lsn end;
    try (PreparedStatement statement = atSource.prepareStatement(END)) {
      atSource.setNetworkTimeout(Runnable::run, limit);
      statement.setString(1, name.toString());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        end = Lsn.parse(row.getString(1));
        if (!row.getBoolean(2) || !thread.isAlive()) {
          throw new SyncException(
              "The reverse stream "
                  + name
                  + " that was prepared on "
                  + source
                  + " has ended, so there would be no way back. Try again.");
        }
      }
    } catch (SQLException e) {
      throw source.failure("reading the position from which the reverse stream counts", e);
    }
    try {
      atTarget.setNetworkTimeout(Runnable::run, limit);
      new StreamPosition(name).begin(atTarget, end);
    } catch (SQLException e) {
      throw target.failure("arming the reverse stream", e);
    }
    log.info("Stream {} counts from {}", name, end);
  }

  /** Ends the reading, and removes slot, publication and position: the switch was called off. */
  public void discard() throws SyncException {
    close();
    remove(name, source, target);
  }

  /**
   * Ends the reading; slot and armed position stay, for the {@link ChangeStream} that follows from
   * there.
   */
  @Override
  public void close() throws SyncException {
    thread.interrupt();
    try {
      capture.close();
    } finally {
      close(atSource, atTarget);
    }
  }
}
