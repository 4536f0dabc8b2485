package org.turnout.sync.verify;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.ApplyGate;
import org.turnout.sync.apply.ApplyGate.Hold;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * The connections of a comparison to both sides, and the hash that both compute alike. Kept open
 * between comparisons, so that the one inside a pause need not connect. Frozen by one thread, then
 * read by many.
 */
record BothSides(
    FrozenSide primary, FrozenSide secondary, RowHash hash, CanonicalRow.Versions versions)
    implements AutoCloseable {
  /** Connects to both sides and finds out how they hash. */
  static BothSides open(PostgresSide primary, PostgresSide secondary, int workers)
      throws SyncException, InterruptedException {
    FrozenSide first = FrozenSide.open(primary, workers);
    try {
      FrozenSide second = FrozenSide.open(secondary, workers);
      try {
        return of(first, second);
      } catch (SyncException | InterruptedException | RuntimeException e) {
        second.close();
        throw e;
      }
    } catch (SyncException | InterruptedException | RuntimeException e) {
      first.close();
      throw e;
    }
  }

  private static BothSides of(FrozenSide primary, FrozenSide secondary)
      throws SyncException, InterruptedException {
    CanonicalRow.Versions versions =
        new CanonicalRow.Versions(
            Math.min(primary.major(), secondary.major()),
            Math.max(primary.major(), secondary.major()));
    boolean alike =
        answer(primary, "SELECT current_setting('server_encoding')")
                .equals(answer(secondary, "SELECT current_setting('server_encoding')"))
            && answer(primary, RowHash.HASHTEXT.probe())
                .equals(answer(secondary, RowHash.HASHTEXT.probe()));
    primary.end();
    secondary.end();
    return new BothSides(primary, secondary, alike ? RowHash.HASHTEXT : RowHash.MD5, versions);
  }

  private static String answer(FrozenSide side, String query)
      throws SyncException, InterruptedException {
    return side.read(
        "asking how the server hashes",
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
          }
        });
  }

  boolean alive() throws SyncException {
    return primary.alive() && secondary.alive();
  }

  CanonicalRow canonical(Table table) {
    return new CanonicalRow(table, hash, versions);
  }

  /**
   * Freezes both sides at the same state of the source: the applier is stopped, a snapshot taken on
   * the primary, the applier let go exactly as far as that snapshot sees, a snapshot taken on the
   * secondary.
   */
  void freeze(ApplyGate gate, List<Table> tables) throws SyncException, InterruptedException {
    // The applier may run meanwhile: waiting for somebody's TRUNCATE must not hold it up.
    primary.begin(tables);
    try (Hold hold = gate.hold()) {
      freezePrimary(hold, tables);
      secondary.begin(tables);
      secondary.freeze();
    }
  }

  private void freezePrimary(Hold hold, List<Table> tables)
      throws SyncException, InterruptedException {
    // Each takes milliseconds, and one is nearly always enough.
    long start = System.nanoTime();
    while (!hold.advanceTo(primary.freeze())) {
      if (System.nanoTime() - start > ApplyGate.PATIENCE.toNanos()) {
        throw new SyncException(ApplyGate.COMMITS_NOT_SEEN);
      }
      primary.end();
      primary.begin(tables);
    }
  }

  /** Freezes both sides as they stand: for when nobody writes and everything is applied. */
  void freezeStill() throws SyncException {
    primary.freeze();
    secondary.freeze();
  }

  /** Gives both snapshots back. */
  void thaw() throws SyncException {
    primary.end();
    secondary.end();
  }

  /** Reads the same from both sides at once: the primary's answer, then the secondary's. */
  <T> List<T> read(String doing, FrozenSide.Reading<T> reading)
      throws SyncException, InterruptedException {
    return Parallel.<T>all(
        List.of(() -> primary.read(doing, reading), () -> secondary.read(doing, reading)));
  }

  /** Ends running queries and all connections. */
  void abort() {
    primary.abort();
    secondary.abort();
  }

  @Override
  public void close() {
    primary.close();
    secondary.close();
  }

  /** A text array as a statement's parameter. */
  static Array texts(Connection connection, List<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }
}
