package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.Capture;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamQueue;
import org.turnout.sync.side.Interruptible;
import org.turnout.sync.side.PostgresSide;

/**
 * One connection of a stream to both sides, from the durable position on, until either fails. Made
 * for the stream's thread, which runs it; {@link #abort} is for any.
 */
final class StreamSession implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StreamSession.class);

  private final StreamSettings settings;
  private final Connection target;
  private final StreamQueue queue;
  private final Lsn from;
  private final Capture capture;

  private StreamSession(
      StreamSettings settings, Connection target, StreamQueue queue, Lsn from, Capture capture) {
    this.settings = settings;
    this.target = target;
    this.queue = queue;
    this.from = from;
    this.capture = capture;
  }

  /** Connects both sides and begins to read; an interrupt ends it, whichever side it waits for. */
  static StreamSession open(StreamSettings settings) throws Exception {
    return Interruptible.open(
        "turnout-" + settings.name().route() + "-open", () -> connect(settings));
  }

  private static StreamSession connect(StreamSettings settings) throws SyncException, SQLException {
    Connection target = settings.target().dedicated("apply");
    try {
      prepare(target, settings);
      Lsn from = position(target, settings);
      requireSlot(settings, from);
      StreamQueue queue = new StreamQueue(settings.maxBatchBytes());
      Capture capture = Capture.start(settings.source(), settings.name(), from, queue);
      return new StreamSession(settings, target, queue, from, capture);
    } catch (SQLException | SyncException | RuntimeException e) {
      target.abort(Runnable::run);
      throw e;
    }
  }

  private static void prepare(Connection target, StreamSettings settings) throws SQLException {
    try (Statement statement = target.createStatement()) {
      // What fired on the source arrives as rows, so nothing may fire here again.
      statement.execute("SET session_replication_role = replica");
      // The source may forget what was confirmed, so a commit has to survive a crash.
      statement.execute("SET synchronous_commit = on");
      // Rows are found by their key whatever the statistics say; plans do not depend on values.
      statement.execute("SET enable_seqscan = off");
      statement.execute("SET enable_hashjoin = off");
      statement.execute("SET enable_mergejoin = off");
      statement.execute("SET plan_cache_mode = force_generic_plan");
      statement.execute("SET jit = off");
    }
    Origin.use(target, settings.name());
    target.setAutoCommit(false);
  }

  private static Lsn position(Connection target, StreamSettings settings)
      throws SQLException, SyncException {
    Optional<Lsn> position = new StreamPosition(settings.name()).read(target);
    target.commit();
    return position.orElseThrow(
        () ->
            new SyncException(
                "Stream "
                    + settings.name()
                    + " has no position on "
                    + settings.target()
                    + ": it was removed, or never began"));
  }

  /** A slot that is gone, or is further than the target, means that changes are lost for good. */
  private static void requireSlot(StreamSettings settings, Lsn from) throws SyncException {
    PostgresSide source = settings.source();
    Optional<ReplicationSlot.State> slot = new ReplicationSlot(source, settings.name()).state();
    if (slot.isEmpty() || slot.get().lost()) {
      throw new SyncException(
          "The replication slot "
              + settings.name()
              + " on "
              + source
              + (slot.isEmpty() ? " is gone" : " has lost the log that it needs")
              + ", so changes are missing for good. Remove the sync and start it anew.");
    }
    Lsn confirmed = slot.get().confirmed().orElse(Lsn.ZERO);
    if (confirmed.isAfter(from)) {
      throw new SyncException(
          "The replication slot "
              + settings.name()
              + " on "
              + source
              + " stands at "
              + confirmed
              + ", behind which "
              + settings.target()
              + " is at "
              + from
              + ": changes are missing for good. Remove the sync and start it anew.");
    }
  }

  /** Where the session began. */
  Lsn from() {
    return from;
  }

  /** Applies until something fails; returns only by an exception. */
  void run(
      ChangedKeyLog changedKeys,
      StandstillGate gate,
      Applier.Source source,
      AppliedPosition applied,
      Consumer<Batch.Committed> committed)
      throws Exception {
    StreamPosition position = new StreamPosition(settings.name());
    Batch batch = new Batch(target, position, changedKeys, from);
    Relations relations = new Relations(target, settings.tables(), settings.copied());
    Applier applier =
        new Applier(
            settings.name(),
            queue,
            relations,
            batch,
            gate,
            from,
            settings.maxBatchBytes(),
            source,
            progress(applied, committed));
    gate.opened(queue::nudge);
    try {
      applier.run();
    } catch (SQLException e) {
      throw settings.target().failure("applying changes", e);
    } finally {
      gate.closed();
    }
  }

  private Applier.Progress progress(AppliedPosition position, Consumer<Batch.Committed> committed) {
    return new Applier.Progress() {
      @Override
      public void ahead(boolean now) {
        capture.confirmAtOnce(now);
        position.ahead(now);
        if (now) {
          log.warn(
              "Stream {}: commits wait for it, because synchronous_standby_names matches it. They"
                  + " go on, and reads stay on the primary until the setting names the standbys",
              settings.name());
        }
      }

      @Override
      public void committed(Batch.Committed result) {
        capture.confirm(result.durable());
        committed.accept(result);
      }
    };
  }

  /** Ends the session from outside: its thread gets a failure. */
  void abort() {
    queue.fail(new SyncException("The stream was ended"));
    try {
      target.abort(Runnable::run);
    } catch (SQLException e) {
      log.debug("Closing the connection to the target", e);
    }
  }

  @Override
  public void close() throws SyncException, SQLException {
    try {
      capture.close();
    } finally {
      target.abort(Runnable::run);
    }
  }
}
