package org.turnout.sync.verify;

import java.sql.Connection;
import java.util.List;
import org.turnout.config.Side;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.apply.ApplyGate;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

/** Two databases of different majors that nobody writes to but the test. */
final class TwoSides implements AutoCloseable {
  final PostgresDatabase blueDatabase;
  final PostgresDatabase greenDatabase;
  final PostgresSide blue;
  final PostgresSide green;

  TwoSides(int blueMajor, int greenMajor) {
    blueDatabase = SharedPostgres.database(blueMajor);
    greenDatabase = SharedPostgres.database(greenMajor);
    blue = TestSides.of(Side.BLUE, blueDatabase);
    green = TestSides.of(Side.GREEN, greenDatabase);
  }

  /** Runs the same on both. */
  TwoSides execute(String sql) {
    blueDatabase.execute(sql);
    greenDatabase.execute(sql);
    return this;
  }

  List<Table> tables() throws Exception {
    try (Connection connection = blue.control()) {
      return Tables.load(connection);
    }
  }

  Table table(String displayName) throws Exception {
    return tables().stream()
        .filter(table -> table.displayName().equals(displayName))
        .findFirst()
        .orElseThrow();
  }

  Verifier verifier(RecordedKeys keys) throws Exception {
    return verifier(keys, new StandingGate());
  }

  Verifier verifier(RecordedKeys keys, ApplyGate gate) throws Exception {
    return new Verifier(blue, green, tables(), gate, keys, SyncConfig.DEFAULT, () -> {});
  }

  @Override
  public void close() {
    blue.close();
    green.close();
    blueDatabase.close();
    greenDatabase.close();
  }

  /** An applier that has nothing to do; counts what it is asked. */
  static class StandingGate implements ApplyGate {
    int holds;
    int snapshots;
    int closed;

    @Override
    public Hold hold() {
      holds++;
      return new Hold() {
        @Override
        public boolean advanceTo(SourceSnapshot snapshot) {
          snapshots++;
          return reached(snapshot);
        }

        @Override
        public void close() {
          closed++;
        }
      };
    }

    boolean reached(SourceSnapshot snapshot) {
      return true;
    }
  }
}
