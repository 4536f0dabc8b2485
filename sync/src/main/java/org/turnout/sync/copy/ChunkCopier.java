package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.CopyPlan.Chunk;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * Moves one chunk after another from a connection of the source to one of the target, without
 * looking into the rows. A chunk is one transaction on each side: on the source so that no lock is
 * kept for longer than a chunk takes, on the target so that rows and record are committed together.
 * Confined to its worker; after a failure both connections are of no further use.
 */
final class ChunkCopier {
  /** Small rows are sent together: the frames of COPY need not be rows. */
  private static final int BUFFER = 64 << 10;

  private final PostgresSide source;
  private final PostgresSide target;
  private final Connection from;
  private final Connection to;
  private final SnapshotHolder holder;
  private final byte[] buffer = new byte[BUFFER];
  private int buffered;

  ChunkCopier(
      PostgresSide source,
      PostgresSide target,
      Connection from,
      Connection to,
      SnapshotHolder holder)
      throws SyncException {
    this.source = source;
    this.target = target;
    this.from = from;
    this.to = to;
    this.holder = holder;
    prepare();
  }

  private void prepare() throws SyncException {
    try {
      from.setReadOnly(true);
      from.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      from.setAutoCommit(false);
    } catch (SQLException e) {
      throw source.failure("preparing to read rows", e);
    }
    try {
      to.setAutoCommit(false);
    } catch (SQLException e) {
      throw target.failure("preparing to write rows", e);
    }
  }

  /** What a chunk held. */
  record Copied(long rows, long bytes) {}

  /** Copies one chunk and commits it. */
  Copied copy(Chunk chunk) throws SyncException {
    String table = chunk.table().table().displayName();
    CopyOut out = openSource(chunk);
    CopyIn in = openTarget(chunk);
    long bytes = 0;
    for (byte[] row = read(out, table); row != null; row = read(out, table)) {
      bytes += row.length;
      write(in, row, table);
    }
    long rows = endTarget(in, table);
    endSource(chunk);
    commit(chunk.table().table(), rows, bytes);
    return new Copied(rows, bytes);
  }

  private CopyOut openSource(Chunk chunk) throws SyncException {
    try (Statement statement = from.createStatement()) {
      statement.execute("SET TRANSACTION SNAPSHOT '" + holder.name() + "'");
    } catch (SQLException e) {
      if (holder.alive()) {
        throw source.failure("taking over the copy's snapshot", e);
      }
      throw source.failure(
          "taking over the copy's snapshot",
          new SQLException("The session that held it has ended", "08006", e));
    }
    try {
      return from.unwrap(PGConnection.class).getCopyAPI().copyOut(chunk.read());
    } catch (SQLException e) {
      throw source.failure("reading " + chunk.table().table().displayName(), e);
    }
  }

  private CopyIn openTarget(Chunk chunk) throws SyncException {
    try {
      return to.unwrap(PGConnection.class).getCopyAPI().copyIn(chunk.write());
    } catch (SQLException e) {
      throw target.failure("writing " + chunk.table().table().displayName(), e);
    }
  }

  private byte @Nullable [] read(CopyOut out, String table) throws SyncException {
    try {
      return out.readFromCopy();
    } catch (SQLException e) {
      throw source.failure("reading " + table, e);
    }
  }

  private void write(CopyIn in, byte[] row, String table) throws SyncException {
    try {
      if (buffered + row.length > BUFFER) {
        flush(in);
      }
      if (row.length > BUFFER) {
        in.writeToCopy(row, 0, row.length);
      } else {
        System.arraycopy(row, 0, buffer, buffered, row.length);
        buffered += row.length;
      }
    } catch (SQLException e) {
      throw target.failure("writing " + table, e);
    }
  }

  private void flush(CopyIn in) throws SQLException {
    if (buffered > 0) {
      in.writeToCopy(buffer, 0, buffered);
      buffered = 0;
    }
  }

  private long endTarget(CopyIn in, String table) throws SyncException {
    try {
      flush(in);
      return in.endCopy();
    } catch (SQLException e) {
      throw target.failure("writing " + table, e);
    }
  }

  /**
   * Rows keep their blocks unless the table is written anew (VACUUM FULL, CLUSTER, TRUNCATE, some
   * ALTER TABLE). The lock of the read is still held, so what is seen here held during it.
   */
  private void endSource(Chunk chunk) throws SyncException {
    try (Statement statement = from.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT pg_relation_filenode(" + chunk.oid() + ")::bigint")) {
      row.next();
      if (row.getLong(1) != chunk.filenode()) {
        throw source.failure(
            "reading " + chunk.table().table().displayName(),
            new SQLException(
                "The table was written anew during its copy; its copy begins again", "40001"));
      }
      from.commit();
    } catch (SQLException e) {
      throw source.failure("reading " + chunk.table().table().displayName(), e);
    }
  }

  private void commit(Table table, long rows, long bytes) throws SyncException {
    try (PreparedStatement update =
        to.prepareStatement(
            "UPDATE turnout.table_copy SET rows = rows + ?, bytes = bytes + ?"
                + " WHERE route = ? AND table_name = ? AND snapshot = ? AND NOT done")) {
      update.setLong(1, rows);
      update.setLong(2, bytes);
      update.setString(3, target.route().value());
      update.setString(4, table.sqlName());
      update.setString(5, holder.snapshot());
      requireOwn(update.executeUpdate(), table);
      to.commit();
    } catch (SQLException e) {
      throw target.failure("recording what was copied of " + table.displayName(), e);
    }
  }

  private void requireOwn(int updated, Table table) throws SyncException {
    if (updated != 1) {
      throw new SyncException(
          "Another copy of "
              + table.displayName()
              + " to "
              + target.side().word()
              + " has begun; this one ends. Is a second Turnout running for this route?");
    }
  }

  /** Records that all rows of a table are there, durably, and with it everything before it. */
  void finish(Table table) throws SyncException {
    try (Statement statement = to.createStatement();
        PreparedStatement update =
            to.prepareStatement(
                "UPDATE turnout.table_copy SET done = true WHERE route = ? AND table_name = ?"
                    + " AND snapshot = ?")) {
      statement.execute("SET LOCAL synchronous_commit = on");
      update.setString(1, target.route().value());
      update.setString(2, table.sqlName());
      update.setString(3, holder.snapshot());
      requireOwn(update.executeUpdate(), table);
      to.commit();
    } catch (SQLException e) {
      throw target.failure("recording that " + table.displayName() + " is copied", e);
    }
  }
}
