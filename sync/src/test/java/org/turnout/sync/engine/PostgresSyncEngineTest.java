package org.turnout.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Freshness;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.apply.Backoff;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.StandInDump;

/** A whole sync between two real servers, tables made by the operator on both. */
class PostgresSyncEngineTest {
  private static final AtomicInteger ROUTES = new AtomicInteger();

  @TempDir Path machine;

  private static final String TABLES =
      """
      CREATE TABLE customer (id int PRIMARY KEY, name text);
      CREATE TABLE invoice (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                            customer int REFERENCES customer, amount numeric);
      CREATE TABLE mark (code text NOT NULL UNIQUE, value int);
      CREATE TABLE history (tid int, delta int, mtime timestamp, filler char(22));
      ALTER TABLE history REPLICA IDENTITY FULL;
      """;

  private static final String ROWS =
      """
      INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 2000) i;
      INSERT INTO invoice (customer, amount) SELECT i, i FROM generate_series(1, 2000) i;
      INSERT INTO mark SELECT 'm' || i, i FROM generate_series(1, 500) i;
      INSERT INTO history SELECT i % 10, i % 7, '2024-01-01' FROM generate_series(1, 1000) i;
      """;

  static RouteConfig route(PostgresDatabase blue, PostgresDatabase green, SyncConfig config) {
    return new RouteConfig(
        new RouteName("engine" + ROUTES.incrementAndGet()),
        new HostPort("127.0.0.1", 0),
        Protocol.POSTGRES,
        side(blue),
        side(green),
        new AuthenticationConfig(AuthenticationConfig.Method.TRUST, java.util.Map.of()),
        config,
        CutoverConfig.DEFAULT);
  }

  private static SideConfig side(PostgresDatabase database) {
    PostgresServer server = database.server();
    return new SideConfig(
        new HostPort(server.host(), server.port()),
        database.name(),
        PostgresServer.SUPERUSER,
        Optional.of(new Secret(server.superuserPassword())));
  }

  static SyncConfig prepared(long maxRetainedBytes) {
    return new SyncConfig(2, SyncConfig.Schema.PREPARED, maxRetainedBytes, 8 << 20);
  }

  /** Waits for a state; the sync tells its states by asking only. */
  private static SyncStatus await(SyncEngine engine, Predicate<SyncStatus> wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (true) {
      SyncStatus status = engine.status();
      if (wanted.test(status)) {
        return status;
      }
      assertThat(System.nanoTime()).as("still %s", status).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  static SyncStatus follow(SyncEngine engine) {
    SyncStatus status =
        await(
            engine,
            now ->
                now.state() == SyncStatus.State.FOLLOWING
                    || now.state() == SyncStatus.State.FAILED);
    assertThat(status.state()).as("%s", status).isEqualTo(SyncStatus.State.FOLLOWING);
    return status;
  }

  static void catchUp(SyncEngine engine) throws Exception {
    while (true) {
      follow(engine);
      try {
        engine.marker().get(60, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(SyncException.class);
      }
    }
  }

  static List<String> rows(PostgresDatabase database, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        rows.add(row.getString(1));
      }
    }
    return rows;
  }

  private static void requireEqual(PostgresDatabase blue, PostgresDatabase green)
      throws SQLException {
    for (String table : List.of("customer", "invoice", "mark", "history")) {
      String sql = "SELECT t::text FROM " + table + " t ORDER BY 1";
      assertThat(rows(green, sql)).as(table).isEqualTo(rows(blue, sql)).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copiesFollowsVerifiesAndLeavesNothing(boolean keepRows) throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18)) {
      blue.execute(TABLES);
      blue.execute(ROWS);
      green.execute(TABLES);
      try (SyncEngine engine = SyncEngines.postgres(route(blue, green, prepared(16L << 30)))) {
        assertThat(engine.status()).isEqualTo(SyncStatus.OFF);
        engine.start(Standing.INITIAL);
        blue.execute("UPDATE customer SET name = name || '!' WHERE id % 2 = 0");
        blue.execute("DELETE FROM invoice WHERE id % 10 = 0");
        blue.execute("UPDATE history SET delta = 0 WHERE tid = 1 AND delta < 4");
        blue.execute("DELETE FROM history WHERE ctid = (SELECT max(ctid) FROM history)");
        SyncStatus status = follow(engine);
        assertThat(status.rowsCopied()).isPositive();
        blue.execute("INSERT INTO mark VALUES ('late', 0)");
        catchUp(engine);
        requireEqual(blue, green);

        assertThat(engine.verify((rows, total, differences) -> {}).clean()).isTrue();
        blue.execute("UPDATE mark SET value = value + 1 WHERE code = 'late'");
        assertThat(engine.verifyChanged().clean()).isTrue();

        engine.remove(keepRows);
        assertThat(engine.status().state()).isEqualTo(SyncStatus.State.OFF);
        requireNothingLeft(blue);
        requireNothingLeft(green);
        assertThat(rows(green, "SELECT 1 FROM mark").isEmpty()).isEqualTo(!keepRows);
      }
    }
  }

  static void requireNothingLeft(PostgresDatabase database) throws SQLException {
    assertThat(
            rows(
                database,
                """
                SELECT slot_name::text FROM pg_replication_slots
                 WHERE database = current_database()
                UNION ALL SELECT pubname::text FROM pg_publication
                UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspname = 'turnout'
                UNION ALL SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL SELECT relname::text FROM pg_class
                           WHERE relreplident = 'i' AND relkind = 'r'
                UNION ALL SELECT roname::text FROM pg_replication_origin
                           WHERE roname ~ ('^turnout_engine[0-9]+_[0-9]+$') AND false
                """))
        .isEmpty();
  }

  @Test
  void aNewEngineGoesOnWhereTheLastOneEnded() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18)) {
      blue.execute(TABLES);
      blue.execute(ROWS);
      green.execute(TABLES);
      RouteConfig route = route(blue, green, prepared(16L << 30));
      for (int round = 0; round < 3; round++) {
        try (SyncEngine engine = SyncEngines.postgres(route)) {
          engine.start(Standing.INITIAL);
          blue.execute("UPDATE mark SET value = value + 1");
          if (round > 0) {
            catchUp(engine);
            requireEqual(blue, green);
          }
        }
        blue.execute("INSERT INTO customer VALUES (" + (5000 + round) + ", 'between')");
      }
      try (SyncEngine engine = SyncEngines.postgres(route)) {
        engine.start(Standing.INITIAL);
        catchUp(engine);
        requireEqual(blue, green);
        engine.remove(true);
      }
    }
  }

  @Test
  void aSyncThatWasRemovedHalfWayMayBeginAgain() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        SyncEngine engine =
            new PostgresSyncEngine(route(blue, green, SyncConfig.DEFAULT), dumpOfTheTables())) {
      blue.execute(TABLES + ROWS);
      engine.start(Standing.INITIAL);
      await(engine, now -> now.state() != SyncStatus.State.PREPARING);
      engine.remove(false);
      requireNothingLeft(green);

      engine.start(Standing.INITIAL);
      catchUp(engine);
      requireEqual(blue, green);
      engine.remove(true);
    }
  }

  private DumpPrograms dumpOfTheTables() {
    return StandInDump.write(machine, 15)
        .writes(
            """
            SET search_path = public;
            CREATE TABLE customer (id int NOT NULL, name text);
            CREATE TABLE invoice (id int NOT NULL, customer int, amount numeric);
            ALTER TABLE public.invoice ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
                SEQUENCE NAME public.invoice_id_seq);
            CREATE TABLE mark (code text NOT NULL, value int);
            CREATE TABLE history (tid int, delta int, mtime timestamp, filler char(22));
            ALTER TABLE ONLY public.history REPLICA IDENTITY FULL;
            """,
            """
            ALTER TABLE ONLY public.customer ADD CONSTRAINT customer_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public.invoice ADD CONSTRAINT invoice_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public.mark ADD CONSTRAINT mark_code_key UNIQUE (code);
            ALTER TABLE ONLY public.invoice ADD CONSTRAINT invoice_customer_fkey
                FOREIGN KEY (customer) REFERENCES public.customer(id);
            """)
        .alone();
  }

  @Test
  void tablesThatDifferAreRefusedAtOnceAndNothingIsLeftBehind() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18);
        SyncEngine engine = SyncEngines.postgres(route(blue, green, prepared(1L << 30)))) {
      blue.execute(TABLES + ROWS);
      green.execute("CREATE TABLE customer (id int PRIMARY KEY, name varchar(3))");

      assertThatThrownBy(() -> engine.start(Standing.INITIAL))
          .isInstanceOf(SyncException.class)
          .satisfies(
              e ->
                  assertThat(((SyncException) e).findings())
                      .anyMatch(finding -> finding.message().contains("name is text")));
      requireNothingLeft(blue);
      requireNothingLeft(green);
    }
  }

  @Test
  void greenKilledWhileFollowingIsWaitedFor() throws Exception {
    try (PostgresServer server = PostgresServer.builder(18).start();
        PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = PostgresDatabase.create(server, "green")) {
      blue.execute(TABLES);
      blue.execute(ROWS);
      green.execute(TABLES);
      try (SyncEngine engine = SyncEngines.postgres(route(blue, green, prepared(16L << 30)))) {
        engine.start(Standing.INITIAL);
        follow(engine);
        server.kill();
        blue.execute("UPDATE mark SET value = value + 1");
        SyncStatus status = await(engine, now -> now.state() == SyncStatus.State.WAITING);
        assertThat(status.error()).isPresent();
        server.start();
        catchUp(engine);
        requireEqual(blue, green);
        engine.remove(false);
      }
    }
  }

  @Test
  void greenKilledBeforeTheCopyIsTriedAgainAfterAPauseOfTheClock() throws Exception {
    List<Long> pauses = new CopyOnWriteArrayList<>();
    try (PostgresServer server = PostgresServer.builder(18).start();
        PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = PostgresDatabase.create(server, "green");
        Connection older = blue.connect()) {
      blue.execute(TABLES + ROWS);
      green.execute(TABLES);
      Backoff.Clock clock =
          (signal, nanos) -> {
            pauses.add(nanos);
            server.start();
            return 0;
          };
      try (SyncEngine engine =
          new PostgresSyncEngine(
              route(blue, green, prepared(16L << 30)), DumpPrograms.ofThisMachine(), clock)) {
        older.setAutoCommit(false);
        try (Statement statement = older.createStatement()) {
          statement.execute("SELECT txid_current()");
        }
        engine.start(Standing.INITIAL);
        await(engine, now -> now.error().isPresent());
        server.kill();
        older.rollback();

        catchUp(engine);

        assertThat(pauses).startsWith(TimeUnit.MILLISECONDS.toNanos(50));
        requireEqual(blue, green);
        engine.remove(true);
      }
    }
  }

  @Test
  void thePrimaryChangesThereAndBackAgain() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18)) {
      blue.execute(TABLES);
      blue.execute(ROWS);
      green.execute(TABLES + "ALTER TABLE history REPLICA IDENTITY DEFAULT;");
      RouteConfig route = route(blue, green, prepared(16L << 30));
      Standing standing = Standing.INITIAL;
      try (SyncEngine engine = SyncEngines.postgres(route)) {
        standing = engine.settle(standing).standing();
        engine.start(standing);
        follow(engine);
        assertThat(engine.verify((rows, total, differences) -> {}).clean()).isTrue();
        for (int round = 0; round < 3; round++) {
          standing = change(engine, standing);
          PostgresDatabase primary = standing.primary() == Side.BLUE ? blue : green;
          long now = System.nanoTime();
          await(engine, status -> engine.freshness().covers(now));
          primary.execute("UPDATE mark SET value = value + 1");
          primary.execute("UPDATE history SET delta = delta + 1 WHERE tid = " + round);
          primary.execute("DELETE FROM history WHERE ctid = (SELECT max(ctid) FROM history)");
          primary.execute("INSERT INTO invoice (customer, amount) VALUES (1, " + round + ")");
          catchUp(engine);
          requireEqual(blue, green);
        }
        assertThat(standing.epoch().number()).isEqualTo(3);
        assertThat(engine.verify((rows, total, differences) -> {}).clean()).isTrue();
      }
      try (SyncEngine engine = SyncEngines.postgres(route)) {
        assertThat(engine.settle(Standing.INITIAL).standing()).isEqualTo(standing);
        engine.start(standing);
        green.execute("DELETE FROM invoice WHERE id < 10");
        catchUp(engine);
        requireEqual(blue, green);
        engine.remove(true);
      }
      requireNothingLeft(blue);
      requireNothingLeft(green);
      blue.execute("UPDATE mark SET value = 0");
    }
  }

  static Standing change(SyncEngine engine, Standing standing) throws Exception {
    Duration patience = Duration.ofSeconds(30);
    assertThat(engine.verifyChanged().clean()).isTrue();
    Switchover switchover = engine.prepareSwitchover(standing);
    switchover.recordIntent(patience);
    switchover.fence(patience);
    switchover.catchUp(patience);
    switchover.advanceSequences(patience);
    assertThat(switchover.compareChanged(patience).clean()).isTrue();
    switchover.arm(patience);
    switchover.decide(patience);
    engine.sealFreshness();
    engine.marker().get(60, TimeUnit.SECONDS);
    assertThat(engine.freshness().instant())
        .as("what the old stream applied says nothing about the new primary")
        .isEqualTo(Freshness.NEVER);
    switchover.complete();
    return switchover.target();
  }

  @Test
  void aChangeThatWasCalledOffLeavesTheStreamRunning() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14);
        PostgresDatabase green = SharedPostgres.database(18)) {
      blue.execute(TABLES);
      blue.execute(ROWS);
      green.execute(TABLES);
      try (SyncEngine engine = SyncEngines.postgres(route(blue, green, prepared(16L << 30)))) {
        engine.start(Standing.INITIAL);
        follow(engine);
        Switchover switchover = engine.prepareSwitchover(Standing.INITIAL);
        switchover.recordIntent(Duration.ofSeconds(30));
        switchover.fence(Duration.ofSeconds(30));
        switchover.arm(Duration.ofSeconds(30));
        switchover.abort();
        switchover.discard();
        blue.execute("UPDATE mark SET value = value + 1");
        catchUp(engine);
        requireEqual(blue, green);
        assertThat(
                rows(
                    green,
                    "SELECT slot_name::text FROM pg_replication_slots WHERE database ="
                        + " current_database()"))
            .isEmpty();
        engine.remove(true);
      }
    }
  }
}
