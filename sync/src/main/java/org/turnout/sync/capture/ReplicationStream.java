package org.turnout.sync.capture;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.Report;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.ReplicationMessage;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.WireConnection;

/**
 * The source's end of one stream: START_REPLICATION with pgoutput, version 1, values as text. The
 * driver makes the connection and logs in; from there on the protocol is spoken here, because a
 * reader that waits for messages as long as it takes is not to be had from the driver. Read by one
 * thread; what is written, {@link StatusSender} writes; {@link #abort} is for any.
 */
final class ReplicationStream {
  private static final Logger log = LoggerFactory.getLogger(ReplicationStream.class);

  /** SQLSTATE admin_shutdown. */
  private static final String SHUTDOWN = "57P01";

  private final WireConnection connection;
  private final StreamFrames frames;

  private ReplicationStream(WireConnection connection) {
    this.connection = connection;
    this.frames = new StreamFrames(connection.input());
  }

  /**
   * Opens the stream. On a virtual thread an interrupt ends it.
   *
   * @param from commits that begin at or behind this position are handed out
   * @param silence for how long the source may say nothing before the stream begins
   */
  static ReplicationStream open(PostgresSide source, StreamName name, Lsn from, Duration silence)
      throws SyncException {
    WireConnection connection = source.replicationWire();
    try {
      ReplicationStream stream = new ReplicationStream(connection);
      stream.start(name, from, silence);
      return stream;
    } catch (SQLException e) {
      SyncException failure = source.failure("reading the change stream " + name, e);
      try {
        connection.abort();
      } catch (SQLException suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  private void start(StreamName name, Lsn from, Duration silence) throws SQLException {
    Query command =
        new Query(
            """
            START_REPLICATION SLOT %s LOGICAL %s \
            ("proto_version" '1', "publication_names" '%s', "messages" 'true')\
            """
                .formatted(name, from, name));
    ByteBuf frame = Unpooled.buffer(command.size());
    command.encode(frame);
    try {
      connection.limitReads(silence);
      connection.output().write(frame.array(), 0, frame.readableBytes());
      connection.output().flush();
      awaitFrame(BackendType.COPY_BOTH_RESPONSE);
      connection.limitReads(Duration.ZERO);
    } catch (SocketTimeoutException e) {
      throw new SQLException(
          "nothing, for %s ms after START_REPLICATION".formatted(silence.toMillis()),
          Failures.CONNECTION,
          e);
    } catch (IOException e) {
      throw failure(e);
    } catch (ProtocolException e) {
      // Nothing of the stream has come yet, so that a new connection is as good as this one.
      throw new SQLException(e.getMessage(), ProtocolException.SQLSTATE, e);
    }
  }

  /**
   * The next message; waits for it as long as the connection lives.
   *
   * @throws ProtocolException when what came cannot be one
   */
  ReplicationMessage next() throws SQLException {
    try {
      return ReplicationMessage.decode(awaitFrame(BackendType.COPY_DATA).body());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Whether {@link #next} has its message and does not wait. */
  boolean hasNext() {
    return frames.hasCopyData();
  }

  private StreamFrames.Frame awaitFrame(byte wanted) throws IOException, SQLException {
    while (true) {
      StreamFrames.Frame frame = frames.read();
      if (frame.type() == wanted) {
        return frame;
      }
      switch (frame.type()) {
        case BackendType.NOTICE_RESPONSE,
            BackendType.NOTIFICATION_RESPONSE,
            BackendType.PARAMETER_STATUS ->
            log.debug("The source said something aside, message {}", (char) frame.type());
        case BackendType.ERROR_RESPONSE -> throw refusal(frame);
        case BackendType.COPY_DONE, BackendType.COMMAND_COMPLETE ->
            // What a server says to its readers when it is shut down.
            throw new SQLException("the server has ended the stream", SHUTDOWN);
        default ->
            throw new ProtocolException(
                "message '%c' where '%c' is due".formatted(frame.type(), wanted));
      }
    }
  }

  private static SQLException failure(IOException cause) {
    String what =
        cause instanceof EOFException
            ? "the server has closed the connection"
            : String.valueOf(cause.getMessage());
    return new SQLException(what, Failures.CONNECTION, cause);
  }

  /** The server's own words, as an operator reads them in its log. */
  private static SQLException refusal(StreamFrames.Frame frame) {
    int size = Frames.HEADER + frame.body().remaining();
    ByteBuf whole = Unpooled.buffer(size);
    whole.writeByte(frame.type()).writeInt(size - 1).writeBytes(frame.body());
    Report report = ErrorResponse.decode(whole).report();
    StringBuilder words = new StringBuilder();
    words.append(report.fields().getOrDefault(Report.SEVERITY, report.severity()));
    words.append(": ").append(report.message());
    append(words, "\n  Detail: ", report.fields().getOrDefault(Report.DETAIL, ""));
    append(words, "\n  Hint: ", report.fields().getOrDefault(Report.HINT, ""));
    return new SQLException(words.toString(), report.sqlState());
  }

  private static void append(StringBuilder words, String name, String value) {
    if (!value.isEmpty()) {
      words.append(name).append(value);
    }
  }

  /** Where {@link StatusSender} writes. */
  OutputStream output() {
    return connection.output();
  }

  /** Makes the source end the stream; what it has sent by then can still be read. */
  void endOutput() throws IOException {
    connection.endOutput();
  }

  /** Ends the connection, also from outside: a call that waits fails. The slot stays. */
  void abort() throws SQLException {
    connection.abort();
  }
}
