package org.turnout.sync.capture;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * The source's end of one stream: START_REPLICATION with pgoutput, version 1, values as text. Used
 * by one thread; {@link #abort} is for any.
 *
 * <p>Rule: the source is told that something is durable only after it was said here by {@link
 * #confirm}; what it may forget, Turnout can never ask for again.
 */
public final class ReplicationStream {
  /** Servers cut a reader that is silent for {@code wal_sender_timeout}, a minute by default. */
  private static final int STATUS_SECONDS = 1;

  private final Connection connection;
  private final PGReplicationStream stream;

  private ReplicationStream(Connection connection, PGReplicationStream stream) {
    this.connection = connection;
    this.stream = stream;
  }

  /**
   * Opens the stream.
   *
   * @param from commits that begin at or behind this position are handed out
   */
  public static ReplicationStream open(PostgresSide source, StreamName name, Lsn from)
      throws SyncException {
    Connection connection = source.replication();
    try {
      PGReplicationStream stream =
          connection
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .logical()
              .withSlotName(name.toString())
              .withSlotOption("proto_version", "1")
              .withSlotOption("publication_names", name.toString())
              .withSlotOption("messages", "true")
              .withStartPosition(LogSequenceNumber.valueOf(from.value()))
              .withStatusInterval(STATUS_SECONDS, TimeUnit.SECONDS)
              .withAutomaticFlush(false)
              .start();
      ReplicationStream opened = new ReplicationStream(connection, stream);
      opened.confirm(from);
      return opened;
    } catch (SQLException e) {
      SyncException failure = source.failure("reading the change stream " + name, e);
      try {
        connection.close();
      } catch (SQLException suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  /**
   * The next message, as soon as it is there; null when none came for about a millisecond. Answers
   * the source's questions for life signs and sends them unasked, too.
   */
  public @Nullable ByteBuffer next() throws SQLException {
    return stream.readPending();
  }

  /**
   * After {@link #next} returned null between two transactions: everything committed before this
   * position has been handed out. The source says so by itself when its log moves without changes
   * for this stream.
   */
  public Lsn reached() {
    return new Lsn(stream.getLastReceiveLSN().asLong());
  }

  /** Everything before this position is durable on the other side. */
  public void confirm(Lsn position) {
    LogSequenceNumber durable = LogSequenceNumber.valueOf(position.value());
    stream.setFlushedLSN(durable);
    stream.setAppliedLSN(durable);
  }

  /** Sends a sign of life and what was confirmed, while nothing can be read. */
  public void sendStatus() throws SQLException {
    stream.forceUpdateStatus();
  }

  /** Ends the connection, also from outside: a call that waits fails. The slot stays. */
  public void abort() throws SQLException {
    connection.abort(Runnable::run);
  }
}
