package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.config.Side;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.TableSnapshots.TableSnapshot;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

class CopyTest {
  /** Small, so that the tables of the test have many chunks. */
  private static final long CHUNK_BYTES = 64 << 10;

  private static final String EVERYTHING =
      TestSides.sql("everything.sql")
          + """
          ;
          CREATE TABLE nothing ();
          INSERT INTO nothing DEFAULT VALUES;
          INSERT INTO nothing DEFAULT VALUES;
          CREATE TABLE parent (id int PRIMARY KEY);
          CREATE TABLE child (more text) INHERITS (parent);
          ALTER TABLE child ADD PRIMARY KEY (id);
          INSERT INTO parent VALUES (1);
          INSERT INTO child VALUES (2, 'two');
          CREATE TABLE childless (id int PRIMARY KEY) PARTITION BY LIST (id);
          """;

  @ParameterizedTest
  @CsvSource({"14, 18", "18, 14"})
  void everyTypeArrivesAsItWas(int from, int to) throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(from);
        PostgresDatabase green = SharedPostgres.database(to);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      blue.execute(EVERYTHING);
      prepare(source, target, green);
      CopyProgress progress = new CopyProgress(System::nanoTime);

      copy(source, target, 2).run(progress);

      assertThat(rows(target)).isEqualTo(rows(source));
      assertThat(progress.view().rowsCopied()).isEqualTo(2003 + 5000 + 100 + 54_000 + 2 + 2);
      assertThat(progress.view().tables()).allMatch(table -> table.done());
      assertThat(copy(source, target, 2).isDone()).isTrue();
    }
  }

  @Test
  void rowsAreThoseOfTheRecordedSnapshotWhileTrafficRuns() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green);
        ExecutorService writers = Executors.newThreadPerTaskExecutor(Thread::new)) {
      blue.execute(
          "CREATE TABLE events (id bigserial PRIMARY KEY, xid xid8 NOT NULL DEFAULT"
              + " pg_current_xact_id(), padding text);INSERT INTO events (padding) SELECT"
              + " repeat('x', 100) FROM generate_series(1, 20000);");
      green.execute(
          "CREATE TABLE events (id bigserial PRIMARY KEY, xid xid8 NOT NULL DEFAULT"
              + " pg_current_xact_id(), padding text)");
      Copies.HELPERS.create(target);
      AtomicBoolean ended = new AtomicBoolean();
      CountDownLatch writing = new CountDownLatch(3);
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        running.add(writers.submit(() -> write(blue, writing, ended)));
      }
      writing.await();

      copy(source, target, 2).run(new CopyProgress(System::nanoTime));

      ended.set(true);
      for (Future<?> writer : running) {
        writer.get();
      }
      String snapshot = snapshots(target).get("\"public\".\"events\"").snapshot();
      String ids = "SELECT string_agg(id::text, ',' ORDER BY id) FROM public.events";
      assertThat(text(green, ids))
          .isEqualTo(text(blue, ids + " WHERE pg_visible_in_snapshot(xid, '" + snapshot + "')"))
          .isNotEqualTo(text(blue, ids));
    }
  }

  private static Void write(PostgresDatabase database, CountDownLatch writing, AtomicBoolean ended)
      throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      while (!ended.get()) {
        statement.execute("INSERT INTO events (padding) VALUES ('y'), ('z')");
        writing.countDown();
      }
    }
    return null;
  }

  @Test
  void copyGoesOnAfterGreenWasKilled() throws Exception {
    try (PostgresServer server = PostgresServer.builder(18).start();
        PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = PostgresDatabase.create(server, "green");
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      blue.execute(EVERYTHING);
      prepare(source, target, green);

      Throwable failure =
          catchThrowable(
              () -> copy(source, target, 1).run(new CopyProgress(after(60, server::kill))));
      assertThat(failure).isInstanceOf(SyncException.class).hasMessageContaining("green");
      assertThat(Failures.isTransient(failure)).isTrue();

      server.restart();
      Map<String, TableSnapshot> before = snapshots(target);
      assertThat(before.values()).anyMatch(TableSnapshot::done).anyMatch(table -> !table.done());
      blue.execute("INSERT INTO many VALUES (-1, 'later')");
      copy(source, target, 2).run(new CopyProgress(System::nanoTime));

      assertThat(rows(target)).isEqualTo(rows(source));
      Map<String, TableSnapshot> after = snapshots(target);
      before.forEach(
          (table, snapshot) -> {
            if (snapshot.done()) {
              assertThat(after).containsEntry(table, snapshot);
            } else {
              assertThat(after.get(table).snapshot()).isNotEqualTo(snapshot.snapshot());
            }
          });
    }
  }

  @Test
  void interruptEndsTheWorkersAndTheCopyGoesOnLater() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      blue.execute(EVERYTHING);
      prepare(source, target, green);
      Thread copier = Thread.currentThread();

      assertThatThrownBy(
              () -> copy(source, target, 2).run(new CopyProgress(after(10, copier::interrupt))))
          .isInstanceOf(InterruptedException.class);
      assertThat(copy(source, target, 2).isDone()).isFalse();

      copy(source, target, 2).run(new CopyProgress(System::nanoTime));
      assertThat(rows(target)).isEqualTo(rows(source));
    }
  }

  @Test
  void tableThatIsWrittenAnewMeanwhileIsCopiedAgain() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      String table = "CREATE TABLE many (id int PRIMARY KEY, value text);";
      blue.execute(
          table
              + "INSERT INTO many SELECT n, repeat('x', 100) FROM generate_series(1, 9000) n;"
              + "DELETE FROM many WHERE id % 3 = 0");
      green.execute(table);
      Copies.HELPERS.create(target);

      Throwable failure =
          catchThrowable(
              () ->
                  copy(source, target, 1)
                      .run(
                          new CopyProgress(
                              after(3, () -> blue.execute("CLUSTER many USING many_pkey")))));
      assertThat(failure).hasMessageContaining("written anew");
      assertThat(Failures.isTransient(failure)).isTrue();

      copy(source, target, 1).run(new CopyProgress(System::nanoTime));
      assertThat(rows(target)).isEqualTo(rows(source));
    }
  }

  @Test
  void rowsThatTurnoutDidNotWriteAreNeverRemoved() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      blue.execute("CREATE TABLE t (id int PRIMARY KEY)");
      green.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
      Copies.HELPERS.create(target);

      assertThatThrownBy(() -> copy(source, target, 1).run(new CopyProgress(System::nanoTime)))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("public.t holds rows that Turnout did not write");
      assertThat(text(green, "SELECT count(*) FROM t")).isEqualTo("1");
    }
  }

  @Test
  void rowThatTheTargetRefusesNeedsTheOperator() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green)) {
      blue.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (-1)");
      green.execute("CREATE TABLE t (id int PRIMARY KEY CHECK (id > 0))");
      Copies.HELPERS.create(target);

      Throwable failure =
          catchThrowable(() -> copy(source, target, 1).run(new CopyProgress(System::nanoTime)));

      assertThat(failure).isInstanceOf(SyncException.class).hasMessageContaining("public.t");
      assertThat(Failures.isTransient(failure)).isFalse();
    }
  }

  @Test
  void waitsForTransactionsThatWereRunningWhenItBegan() throws Exception {
    try (PostgresServer server = PostgresServer.builder(14).start();
        PostgresDatabase blue = PostgresDatabase.create(server, "blue");
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green);
        Connection writer = blue.connect();
        Statement statement = writer.createStatement()) {
      blue.execute("CREATE TABLE t (id int PRIMARY KEY)");
      green.execute("CREATE TABLE t (id int PRIMARY KEY)");
      Copies.HELPERS.create(target);
      writer.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (1)");
      Copy copy = copy(source, target, 1);
      Future<?> copying;
      try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
        copying =
            executor.submit(
                () -> {
                  copy.run(new CopyProgress(System::nanoTime));
                  return null;
                });
        while (!"1".equals(text(blue, WAITING))) {
          assertThat(copying.isDone()).isFalse();
        }
        writer.commit();
      }
      copying.get();

      assertThat(text(green, "SELECT count(*) FROM t")).isEqualTo("1");
    }
  }

  private static final String WAITING =
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'turnout copy snapshot'"
          + " AND query LIKE '%pg_snapshot_xmin%'";

  /** A clock that does something when it is read for the n-th time, which is once a chunk. */
  private static java.util.function.LongSupplier after(int reads, Runnable event) {
    AtomicInteger left = new AtomicInteger(reads);
    return () -> {
      if (left.decrementAndGet() == 0) {
        event.run();
      }
      return System.nanoTime();
    };
  }

  /** Makes the tables on green as an operator would, with all their triggers and foreign keys. */
  private static void prepare(PostgresSide source, PostgresSide target, PostgresDatabase green)
      throws Exception {
    Copies.HELPERS.create(source);
    green.execute(EVERYTHING);
    Copies.HELPERS.create(target);
    green.execute(
        "TRUNCATE customers, orders, \"Odd Names\".\"Mixed \"\"Case\"\"\", many, nothing, parent,"
            + " child CASCADE");
    SyncConfig config = new SyncConfig(2, SyncConfig.Schema.PREPARED, 1 << 30, 1 << 20);
    new SchemaCopy(source, target, config, new DumpPrograms(List.of(), List.of())).prepare();
  }

  @Test
  void aCopyWhoseRecordIsNotItsOwnAnyMoreDoesNotCountAsFinished() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        PostgresSide source = TestSides.of(Side.BLUE, blue);
        PostgresSide target = TestSides.of(Side.GREEN, green);
        SnapshotHolder holder = SnapshotHolder.open(source, new CopyProgress(System::nanoTime));
        Connection control = source.control();
        Connection from = source.dedicated("copy");
        Connection to = CopyTarget.open(target)) {
      blue.execute("CREATE TABLE empty (id int PRIMARY KEY)");
      Copies.HELPERS.create(target);
      Table table = Tables.load(control).getFirst();
      ChunkCopier copier = new ChunkCopier(source, target, from, to, holder);

      assertThatThrownBy(() -> copier.finish(table))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining(table.displayName());
    }
  }

  private static Copy copy(PostgresSide source, PostgresSide target, int workers) throws Exception {
    try (Connection connection = source.control()) {
      List<Table> tables = Tables.load(connection);
      return new Copy(source, target, tables, workers, CHUNK_BYTES);
    }
  }

  private static Map<String, TableSnapshot> snapshots(PostgresSide target) throws Exception {
    try (Connection connection = target.control()) {
      return TableSnapshots.load(connection, TestSides.ROUTE).byTable();
    }
  }

  /** Every row of every table as text, large ones by their hash. */
  private static Map<String, String> rows(PostgresSide side) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    try (Connection connection = side.control();
        Statement statement = connection.createStatement()) {
      for (Table table : Tables.load(connection)) {
        try (ResultSet row =
            statement.executeQuery(
                "SELECT count(*) || ' ' || coalesce(string_agg(md5(t::text), '' ORDER BY t::text"
                    + " COLLATE \"C\"), '') FROM "
                    + (table.partitioned() ? "" : "ONLY ")
                    + table.sqlName()
                    + " t")) {
          row.next();
          rows.put(table.sqlName(), row.getString(1));
        }
      }
    }
    return rows;
  }

  private static String text(PostgresDatabase database, String sql) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
