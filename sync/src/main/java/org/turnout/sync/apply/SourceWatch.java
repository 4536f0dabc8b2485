package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.StandbyNames;

/**
 * A connection of its own to the source for the short questions of a stream: where the log ends
 * now, what everybody sees now, and to write a marker. Opened when first needed and again after a
 * failure. Any thread, one question at a time.
 */
final class SourceWatch implements Applier.Source, AutoCloseable {
  /** Longer than a commit of a healthy server takes, in milliseconds. */
  private static final int PATIENCE_MILLIS = 10_000;

  private final PostgresSide source;
  private @Nullable Connection connection;
  private @Nullable PreparedStatement end;
  private @Nullable PreparedStatement snapshot;
  private @Nullable PreparedStatement marker;

  /** Whether commits wait for the stream, as of the last snapshot. */
  private volatile boolean waitsForStream;

  SourceWatch(PostgresSide source) {
    this.source = source;
  }

  /** Where the source's log ends now, written or not: no commit of the past lies behind it. */
  synchronized Lsn logEnd() throws SyncException {
    try {
      PreparedStatement question = end != null ? end : open("SELECT pg_current_wal_insert_lsn()");
      end = question;
      try (ResultSet row = question.executeQuery()) {
        row.next();
        return Lsn.parse(row.getString(1));
      }
    } catch (SQLException e) {
      throw failed("asking for the end of the log", e);
    }
  }

  @Override
  public synchronized SourceSnapshot snapshot() throws SyncException {
    try {
      // The statement's snapshot is taken before its functions are called, the position after it.
      PreparedStatement question =
          snapshot != null
              ? snapshot
              : open(
                  "SELECT pg_current_snapshot()::text, pg_current_wal_insert_lsn() -"
                      + " '0/0'::pg_lsn, current_setting('synchronous_standby_names')");
      snapshot = question;
      try (ResultSet row = question.executeQuery()) {
        row.next();
        waitsForStream = StandbyNames.haveTurnout(row.getString(3));
        return new SourceSnapshot(row.getString(1), row.getLong(2));
      }
    } catch (SQLException e) {
      throw failed("asking for what it shows", e);
    }
  }

  @Override
  public boolean waitsForStream() {
    return waitsForStream;
  }

  @Override
  public void moveLog() throws SyncException {
    mark("");
  }

  /** Connects ahead of the first question. */
  synchronized void connect() throws SyncException {
    snapshot();
  }

  /**
   * Writes a marker in a transaction of its own, which also makes the log before it move. Twice
   * when the connection turns out to be dead, which does no harm.
   */
  synchronized void mark(String content) throws SyncException {
    boolean kept = connection != null;
    try {
      write(content);
    } catch (SyncException e) {
      if (!kept || !Failures.isTransient(e)) {
        throw e;
      }
      write(content);
    }
  }

  private void write(String content) throws SyncException {
    try {
      PreparedStatement statement =
          marker != null
              ? marker
              : open("SELECT pg_logical_emit_message(true, '" + Markers.PREFIX + "', ?)");
      marker = statement;
      statement.setString(1, content);
      statement.execute();
    } catch (SQLException e) {
      throw failed("writing a marker", e);
    }
  }

  private PreparedStatement open(String sql) throws SQLException, SyncException {
    Connection opened = connection;
    if (opened == null) {
      opened = source.dedicated("watch");
      connection = opened;
      // A marker that hangs would keep all later ones from being written.
      opened.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
      try (Statement statement = opened.createStatement()) {
        // The marker has to be in the log at once, but no standby has to have it.
        statement.execute("SET synchronous_commit = local");
      }
    }
    return opened.prepareStatement(sql);
  }

  private SyncException failed(String doing, SQLException cause) {
    SyncException failure = source.failure(doing, cause);
    try {
      close();
    } catch (SyncException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  @Override
  public synchronized void close() throws SyncException {
    Connection open = connection;
    connection = null;
    end = null;
    snapshot = null;
    marker = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        throw source.failure("closing a connection", e);
      }
    }
  }
}
