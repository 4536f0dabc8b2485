package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.turnout.config.HostPort;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Epoch;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.Publication;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/** A source and a target with the same empty tables, and a stream between them. */
public final class StreamedPair implements AutoCloseable {
  static final RouteName ROUTE = new RouteName("shop");
  static final StreamName NAME = new StreamName(ROUTE, Epoch.FIRST);

  public final PostgresDatabase sourceDatabase;
  public final PostgresDatabase targetDatabase;
  public final PostgresSide source;
  public final PostgresSide target;
  final Freshness freshness = new Freshness();
  public final List<Table> tables;
  public final ChangedKeyLog changedKeys;
  public ChangeStream stream;

  public StreamedPair(
      PostgresDatabase sourceDatabase, PostgresDatabase targetDatabase, String... schema)
      throws Exception {
    this.sourceDatabase = sourceDatabase;
    this.targetDatabase = targetDatabase;
    for (String sql : schema) {
      sourceDatabase.execute(sql);
      targetDatabase.execute(sql);
    }
    source = side(Side.BLUE, sourceDatabase);
    target = side(Side.GREEN, targetDatabase);
    new HelperSchema(ReplicaIdentity.TABLES).create(source);
    new HelperSchema(ReplicaIdentity.TABLES).create(target);
    ReplicaIdentity.ensure(source);
    try (Connection connection = source.control()) {
      tables = Tables.load(connection);
    }
    changedKeys = new ChangedKeyLog(tables);
    changedKeys.take();
    Publication.create(source, NAME, tables);
    Lsn start = new ReplicationSlot(source, NAME).create(Duration.ofSeconds(60), progress -> {});
    try (Connection connection = target.control()) {
      new StreamPosition(NAME).begin(connection, start);
    }
    stream = newStream(Map.of(), 8 << 20);
  }

  static PostgresSide side(Side side, PostgresDatabase database) {
    PostgresServer server = database.server();
    return new PostgresSide(
        ROUTE,
        side,
        new SideConfig(
            new HostPort(server.host(), server.port()),
            database.name(),
            PostgresServer.SUPERUSER,
            Optional.of(new Secret(server.superuserPassword()))));
  }

  public StreamName name() {
    return NAME;
  }

  ChangeStream newStream(Map<String, SourceSnapshot> copied, long maxBatchBytes) {
    return new ChangeStream(
        new StreamSettings(NAME, source, target, tables, copied, maxBatchBytes),
        changedKeys,
        freshness);
  }

  /** Starts the stream and waits until it follows. */
  public StreamedPair follow() throws InterruptedException {
    stream.start();
    stream.awaitFollowing(TimeUnit.SECONDS.toNanos(60));
    return this;
  }

  /** Ends the stream and begins another in its place, as a new process would. */
  void restart() throws SyncException, InterruptedException {
    stream.close();
    stream = newStream(Map.of(), 8 << 20);
    follow();
  }

  /** Waits until everything committed before the call is on the target. */
  public void catchUp() throws Exception {
    stream.marker().get(60, TimeUnit.SECONDS);
  }

  /** Waits as {@link #catchUp}, whatever fails meanwhile. */
  void catchUpThroughFailures() throws Exception {
    while (true) {
      ChangeStream.State state = stream.awaitFollowing(TimeUnit.SECONDS.toNanos(60));
      if (!(state instanceof ChangeStream.State.Following)) {
        throw new AssertionError("the stream does not follow: " + state);
      }
      try {
        catchUp();
        return;
      } catch (java.util.concurrent.ExecutionException e) {
        if (!(e.getCause() instanceof SyncException)) {
          throw e;
        }
      }
    }
  }

  /** Every row of every table of one side, as text, in an order of its own. */
  List<String> rows(PostgresDatabase database) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET extra_float_digits = 3");
      for (Table table : tables) {
        try (ResultSet row =
            statement.executeQuery(
                "SELECT t::text FROM "
                    + (table.partitioned() ? "" : "ONLY ")
                    + table.sqlName()
                    + " t ORDER BY t::text COLLATE \"C\"")) {
          while (row.next()) {
            rows.add(table.displayName() + " " + row.getString(1));
          }
        }
      }
    }
    return rows;
  }

  List<String> sourceRows() throws SQLException {
    return rows(sourceDatabase);
  }

  List<String> targetRows() throws SQLException {
    return rows(targetDatabase);
  }

  @Override
  public void close() throws Exception {
    stream.close();
    if (sourceDatabase.server().isRunning()) {
      new ReplicationSlot(source, NAME).drop();
    }
    source.close();
    target.close();
    targetDatabase.close();
    sourceDatabase.close();
    Origins.drop(targetDatabase);
  }

  /** Origins belong to the whole server, so a later test would meet those of an earlier one. */
  private static final class Origins {
    static void drop(PostgresDatabase database) throws SQLException {
      if (!database.server().isRunning()) {
        return;
      }
      try (Connection connection = database.server().connect("postgres");
          Statement statement = connection.createStatement()) {
        statement.execute(
            "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin"
                + " WHERE roname = '"
                + NAME
                + "'");
      }
    }
  }
}
