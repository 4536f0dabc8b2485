package org.turnout.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGProperty;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;

/**
 * A slot that nobody reads keeps the log of its server: whatever the reason, it ends at the limit.
 */
class SlotGuardTest {
  private static final AtomicInteger ROUTES = new AtomicInteger();
  private static final int WAL_SENDERS = 2;
  private static final String TABLE = "CREATE TABLE item (id int PRIMARY KEY, name text)";
  private static final String MUCH =
      "INSERT INTO item SELECT i, 'more' FROM generate_series(1e6, 1.1e6) i";

  private static PostgresServer blueServer;
  private static PostgresServer greenServer;
  private PostgresDatabase blue;
  private RouteConfig route;
  private SyncEngine engine;

  @BeforeAll
  static void startServers() {
    blueServer = PostgresServer.builder(14).setting("max_wal_senders", "" + WAL_SENDERS).start();
    greenServer = PostgresServer.builder(18).build();
  }

  @AfterAll
  static void stopServers() {
    blueServer.close();
    greenServer.close();
  }

  @BeforeEach
  void follow() throws Exception {
    greenServer.start();
    int number = ROUTES.incrementAndGet();
    blue = PostgresDatabase.create(blueServer, "blue" + number);
    PostgresDatabase green = PostgresDatabase.create(greenServer, "green" + number);
    blue.execute(TABLE);
    green.execute(TABLE);
    route =
        new RouteConfig(
            new RouteName("guard" + number),
            new HostPort("127.0.0.1", 0),
            Protocol.POSTGRES,
            side(blue),
            side(green),
            new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
            new SyncConfig(2, SyncConfig.Schema.PREPARED, 4 << 20, 8 << 20),
            CutoverConfig.DEFAULT);
    engine = SyncEngines.postgres(route);
    engine.start(Standing.INITIAL);
    await(now -> now.state() == SyncStatus.State.FOLLOWING);
    engine.marker().get(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() {
    engine.close();
    blue.close();
    greenServer.kill();
  }

  private static SideConfig side(PostgresDatabase database) {
    PostgresServer server = database.server();
    return new SideConfig(
        new HostPort(server.host(), server.port()),
        database.name(),
        PostgresServer.SUPERUSER,
        Optional.of(new Secret(server.superuserPassword())));
  }

  private SyncStatus await(Predicate<SyncStatus> wanted) {
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

  private void awaitGivenUp(String what) {
    SyncStatus status = await(now -> now.error().filter(error -> error.contains(what)).isPresent());
    assertThat(status.state()).isEqualTo(SyncStatus.State.FAILED);
    assertThat(status.error()).get().asString().contains("bytes of its log");
  }

  private int slots() throws SQLException {
    try (Connection connection = blue.connect();
        Statement statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void slotOfAStreamWhoseTargetIsDownEndsTheSync() throws Exception {
    greenServer.kill();
    blue.execute(MUCH);

    awaitGivenUp("was dropped");

    assertThat(slots()).isZero();
    greenServer.start();
    engine.remove(false);
    await(SyncStatus.OFF::equals);
  }

  @Test
  void slotIsGivenUpWhileTheMirrorIsOff() throws Exception {
    engine.halt();
    assertThat(engine.status().state()).isEqualTo(SyncStatus.State.OFF);
    blue.execute(MUCH);

    awaitGivenUp("was dropped");

    assertThat(slots()).isZero();
  }

  @Test
  void slotOfAnEarlierProcessIsGivenUpThoughGreenNeverCameBack() throws Exception {
    engine.close();
    greenServer.kill();
    blue.execute(MUCH);

    engine = SyncEngines.postgres(route);
    assertThat(engine.settle(Standing.INITIAL).standing()).isEqualTo(Standing.INITIAL);
    assertThatThrownBy(() -> engine.start(Standing.INITIAL)).isInstanceOf(SyncException.class);

    awaitGivenUp("was dropped");
    assertThat(slots()).isZero();
  }

  @Test
  void slotThatCannotBeDroppedYetIsSaidToBeThereAndDroppedLater() throws Exception {
    engine.halt();
    awaitNoWalSenders();
    try (Connection first = walSender();
        Connection second = walSender()) {
      assertThat(first).isNotSameAs(second);
      blue.execute(MUCH);

      awaitGivenUp("is still there");
      assertThat(slots()).isOne();
    }

    awaitGivenUp("was dropped");
    assertThat(slots()).isZero();
  }

  /** Waits until the server has noticed that those of the stream have ended. */
  private void awaitNoWalSenders() throws SQLException {
    try (Connection connection = blue.connect();
        Statement statement = connection.createStatement()) {
      boolean none;
      do {
        try (ResultSet row =
            statement.executeQuery("SELECT count(*) = 0 FROM pg_stat_replication")) {
          none = row.next() && row.getBoolean(1);
        }
      } while (!none);
    }
  }

  /** One of the two that the server has; dropping a slot needs one. */
  private Connection walSender() throws SQLException {
    Properties properties = new Properties();
    PGProperty.USER.set(properties, PostgresServer.SUPERUSER);
    PGProperty.PASSWORD.set(properties, blueServer.superuserPassword());
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "10");
    return DriverManager.getConnection(blueServer.jdbcUrl(blue.name()), properties);
  }

  @Test
  void whatTheSideKeepsIsToldThoughNoStreamRuns() throws Exception {
    engine.halt();
    blue.execute("INSERT INTO item SELECT i, 'x' FROM generate_series(1, 5000) i");

    SyncStatus status = await(now -> now.retainedBytes() > 200_000);

    assertThat(status.state()).isEqualTo(SyncStatus.State.OFF);
    assertThat(slots()).isOne();
  }
}
