package org.turnout.sync.capture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Processes;

/**
 * The logical slot of one stream: what makes the source keep its log until Turnout has it durable
 * on the other side. Methods block and ask the source each time; any thread.
 */
public final class ReplicationSlot {
  private static final Logger log = LoggerFactory.getLogger(ReplicationSlot.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  /** How often the source is told to stop making a slot, {@link #LOOK_AGAIN} apart. */
  private static final int CANCELS = 10;

  /** SQLSTATE undefined_object. */
  private static final String MISSING = "42704";

  private final PostgresSide source;
  private final String name;

  public ReplicationSlot(PostgresSide source, StreamName name) {
    this.source = source;
    this.name = name.toString();
  }

  /**
   * What the source says of the slot.
   *
   * @param confirmed what Turnout has confirmed as durable on the other side; empty while the
   *     source is still making the slot, which it goes on with though its client has died
   * @param retainedBytes log that the source keeps for the slot
   * @param lost whether the source gave up the log that the slot needs
   */
  public record State(Optional<Lsn> confirmed, long retainedBytes, boolean lost) {}

  /**
   * Makes the slot and returns the position from which it hands out changes. The source waits for
   * every transaction that is running now; nothing is left behind when this throws.
   *
   * @param deadline how long to wait for them
   * @param progress told who is waited for, while waiting, a sentence
   * @throws SyncException naming the transactions that did not end in time
   */
  public Lsn create(Duration deadline, Consumer<String> progress)
      throws SyncException, InterruptedException {
    try (Connection connection = source.dedicated("slot");
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT lsn::text FROM pg_create_logical_replication_slot(?, 'pgoutput')")) {
      int process = process(connection);
      statement.setString(1, name);
      CompletableFuture<Lsn> created = new CompletableFuture<>();
      Thread.ofVirtual()
          .name("turnout-" + source.route() + "-slot")
          .start(() -> create(statement, created));
      try {
        return await(created, process, deadline, progress);
      } catch (SyncException | SQLException | InterruptedException | RuntimeException failure) {
        callOff(created, statement, failure);
        throw failure;
      }
    } catch (SQLException e) {
      throw source.failure("creating the replication slot " + name, e);
    }
  }

  private static void create(PreparedStatement statement, CompletableFuture<Lsn> created) {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      created.complete(Lsn.parse(row.getString(1)));
    } catch (SQLException e) {
      created.completeExceptionally(e);
    }
  }

  private Lsn await(
      CompletableFuture<Lsn> created, int process, Duration deadline, Consumer<String> progress)
      throws SyncException, SQLException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    String inTheWay = "";
    while (System.nanoTime() - end < 0) {
      try {
        return created.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        inTheWay = String.join("; ", holders(process));
        progress.accept("The slot waits for transactions that run on the source: " + inTheWay);
      } catch (ExecutionException e) {
        throw new SQLException(e.getCause());
      }
    }
    throw new SyncException(
        "The replication slot "
            + name
            + " could not be made on "
            + source
            + " within "
            + deadline.toSeconds()
            + " s, because transactions did not end: "
            + inTheWay
            + ". End them and try again.");
  }

  /**
   * The source goes on making the slot when its client leaves: it is told to stop, and a slot that
   * came into being all the same is dropped.
   */
  private void callOff(CompletableFuture<Lsn> created, Statement statement, Exception failure) {
    boolean interrupted = false;
    for (int tries = 0; tries < CANCELS && !created.isDone(); tries++) {
      try {
        statement.cancel();
        created.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (SQLException | ExecutionException | TimeoutException e) {
        log.debug("Calling off the making of the replication slot {}", name, e);
      }
    }
    if (created.state() != Future.State.FAILED) {
      try {
        drop();
      } catch (SyncException e) {
        failure.addSuppressed(e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static int process(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  /** Who holds the transactions that the process waits for. */
  private List<String> holders(int process) throws SyncException {
    String sql =
        """
        SELECT %s
          FROM unnest(pg_blocking_pids(?)) AS b (pid)
          LEFT JOIN pg_stat_activity a USING (pid)
        """
            .formatted(Processes.NAME);
    List<String> holders = new ArrayList<>();
    try (Connection connection = source.control();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, process);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          holders.add(row.getString(1));
        }
      }
    } catch (SQLException e) {
      throw source.failure("looking for old transactions", e);
    }
    return holders;
  }

  /** What the source says of the slot now; empty when there is none. */
  public Optional<State> state() throws SyncException {
    String sql =
        """
        SELECT confirmed_flush_lsn::text,
               coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::bigint,
               coalesce(wal_status = 'lost', false)
          FROM pg_replication_slots
         WHERE slot_name = ? AND slot_type = 'logical' AND database = current_database()
        """;
    try (Connection connection = source.control();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        Optional<Lsn> confirmed = Optional.ofNullable(row.getString(1)).map(Lsn::parse);
        return Optional.of(new State(confirmed, row.getLong(2), row.getBoolean(3)));
      }
    } catch (SQLException e) {
      throw source.failure("asking for the replication slot " + name, e);
    }
  }

  /**
   * All slots of the route's streams on a side, also those that are being made or that nobody
   * reads, with the bytes of log that the side keeps for each.
   */
  public static Map<StreamName, Long> retained(PostgresSide side) throws SyncException {
    String sql =
        """
        SELECT slot_name::text,
               coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::bigint
          FROM pg_replication_slots
         WHERE slot_name ~ ? AND slot_type = 'logical' AND database = current_database()
        """;
    Map<StreamName, Long> retained = new HashMap<>();
    try (Connection connection = side.control();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, StreamName.pattern(side.route()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          retained.put(StreamName.parse(side.route(), row.getString(1)), row.getLong(2));
        }
      }
      return retained;
    } catch (SQLException e) {
      throw side.failure("looking at the replication slots", e);
    }
  }

  /** Ends whoever reads from the slot and drops it; nothing happens when there is none. */
  public void drop() throws SyncException {
    if (state().isEmpty()) {
      return;
    }
    try (Connection connection = source.control();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
              + name
              + "' AND active_pid IS NOT NULL");
    } catch (SQLException e) {
      throw source.failure("ending the reader of the replication slot " + name, e);
    }
    try (Connection connection = source.replication();
        Statement statement = connection.createStatement()) {
      // A reader that was told to end still holds the slot until it is gone.
      statement.execute("DROP_REPLICATION_SLOT " + name + " WAIT");
    } catch (SQLException e) {
      if (!MISSING.equals(e.getSQLState())) {
        throw source.failure("dropping the replication slot " + name, e);
      }
    }
  }
}
