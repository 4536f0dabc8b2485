package org.turnout.sync.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.Xid;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.StreamItem;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.capture.StreamQueue;

/**
 * Takes the stream from its queue and writes it to the target in batches: as soon as nothing waits
 * in the queue the batch is committed, so at low load every transaction has its own, and behind, a
 * batch takes all that waits, up to its bound. Runs on one thread, until the queue fails, a side
 * does, or the thread is interrupted.
 *
 * <p>Rule: the target shows nothing that the source does not show yet. A commit is in the stream
 * from the moment it is in the log, which is before the source shows it to anyone: by a blink, or
 * for as long as it waits for a synchronous standby. A client that read it on the target and then
 * reads on the source would see it vanish. Where the source waits for this very stream the rule
 * cannot be kept, and nobody is to read on the target; see {@link Progress#ahead}.
 */
final class Applier {
  private static final long SAVE_POSITION_NANOS = 5_000_000_000L;

  /** How long the source is left alone between two questions, at first and at most. */
  private static final long FIRST_PAUSE_NANOS = 100_000;

  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private final StreamQueue queue;
  private final Relations relations;
  private final Batch batch;
  private final StandstillGate gate;
  private final Progress progress;
  private final Source source;
  private final Pattern ownOrigins;
  private final Lsn from;
  private final long bound;
  private final TakenTransactions taken = new TakenTransactions();
  private long positionSaved = System.nanoTime();

  /** Whether the source wants to hear that what was taken is durable. */
  private boolean asked;

  /** Whether the target may show what the source does not show yet. */
  private boolean ahead;

  /** The transaction that is being taken; null between two. */
  private @Nullable Current current;

  /** What the applier asks of the source, beside its stream. */
  interface Source {
    /** Makes it write out its log up to now, which it otherwise may do much later. */
    void moveLog() throws SyncException;

    /** What it shows to those who ask now. */
    SourceSnapshot snapshot() throws SyncException;

    /** Whether its commits wait until this stream has them, as of the last snapshot. */
    boolean waitsForStream();
  }

  /** Who is told how far it has got; on the applier's thread. */
  interface Progress {
    /**
     * From the next commit on the target may show what the source does not show yet, because the
     * source shows it only once it is told that the target has it; or that is over.
     */
    void ahead(boolean now);

    /** The target has all this. */
    void committed(Batch.Committed result);
  }

  /** A transaction, and whether it is to be left out as a whole. */
  private record Current(Xid number, Lsn commit, boolean skip) {}

  /**
   * An applier that has not begun.
   *
   * @param from commits before this position are on the target already
   * @param bound bytes of changes after which a batch is written
   */
  Applier(
      StreamName name,
      StreamQueue queue,
      Relations relations,
      Batch batch,
      StandstillGate gate,
      Lsn from,
      long bound,
      Source source,
      Progress progress) {
    this.queue = queue;
    this.relations = relations;
    this.batch = batch;
    this.gate = gate;
    this.source = source;
    this.progress = progress;
    this.ownOrigins = Pattern.compile(StreamName.pattern(name.route()));
    this.from = from;
    this.bound = bound;
  }

  void run() throws Exception {
    ahead(source.waitsForStream());
    while (!Thread.interrupted()) {
      if (current == null) {
        atBoundary();
      }
      StreamItem item = queue.peek();
      if (item != null) {
        take(item);
      }
    }
    throw new InterruptedException();
  }

  private void atBoundary() throws Exception {
    boolean held = gate.isHeld();
    if (held || batch.bytes() >= bound || queue.isEmpty()) {
      commit();
    }
    if (held) {
      gate.stand(this::advanceTo);
    }
  }

  private void take(StreamItem item) throws Exception {
    switch (item) {
      case StreamItem.Message message -> take(message.content(), message.size());
      case StreamItem.Position position -> {
        batch.reached(position.reached());
        asked |= position.asked();
      }
    }
    queue.remove(item);
  }

  private void take(PgOutputMessage message, long size) throws Exception {
    switch (message) {
      case PgOutputMessage.Begin begin -> {
        taken.add(begin.xid(), begin.finalLsn());
        current = new Current(begin.xid(), begin.finalLsn(), begin.finalLsn().compareTo(from) < 0);
      }
      case PgOutputMessage.Commit commit -> {
        batch.transactionEnded(commit.endLsn());
        current = null;
      }
      case PgOutputMessage.Origin origin -> skipOwn(origin);
      case PgOutputMessage.Relation relation -> {
        Followed followed = relations.describe(relation);
        if (followed != null) {
          batch.described(relation.oid(), followed);
        }
      }
      case PgOutputMessage.Change change -> change(change, size);
      case PgOutputMessage.Truncate truncate -> truncate(truncate);
      case PgOutputMessage.LogicalMessage logical -> {
        if (logical.prefix().equals(Markers.PREFIX)) {
          batch.marker(logical.content());
        }
      }
      case PgOutputMessage.Type type -> {}
    }
  }

  private Current transaction() {
    Current now = current;
    if (now == null) {
      throw new IllegalStateException("a change outside a transaction");
    }
    return now;
  }

  /** What Turnout itself wrote to this source, coming from the other side, is there already. */
  private void skipOwn(PgOutputMessage.Origin origin) {
    if (ownOrigins.matcher(origin.name()).matches()) {
      Current now = transaction();
      current = new Current(now.number(), now.commit(), true);
    }
  }

  private void change(PgOutputMessage.Change change, long size) throws Exception {
    if (!skips(relations.get(change.relation()))) {
      batch.change(change, size);
      if (batch.bytes() >= bound) {
        batch.flush();
      }
    }
  }

  private void truncate(PgOutputMessage.Truncate truncate) throws Exception {
    List<Followed> truncated = new ArrayList<>();
    for (int relation : truncate.relations()) {
      Followed followed = relations.get(relation);
      if (!skips(followed)) {
        truncated.add(followed);
      }
    }
    if (!truncated.isEmpty()) {
      batch.truncate(truncated);
    }
  }

  /** Whether the table has the current transaction's changes already. */
  private boolean skips(Followed followed) {
    Current now = transaction();
    SnapshotVisibility copied = followed.copied();
    return now.skip() || (copied != null && copied.sees(now.number(), now.commit()));
  }

  private void commit() throws Exception {
    boolean due = asked || System.nanoTime() - positionSaved > SAVE_POSITION_NANOS;
    asked = false;
    if (batch.isIdle() && !due && !batch.hasNews()) {
      return;
    }
    if (!batch.isIdle() || ahead) {
      awaitVisible();
    }
    // A source that waits for the stream waits with transactions that changed nothing here, too.
    Batch.Committed result = batch.commit(due || ahead);
    if (result.durable().equals(result.end())) {
      positionSaved = System.nanoTime();
    }
    progress.committed(result);
  }

  /**
   * Waits until the source shows everything that was taken; it is asked, for it tells nobody. Not
   * where the source waits itself, or both would for ever.
   */
  private void awaitVisible() throws Exception {
    long pause = FIRST_PAUSE_NANOS;
    long start = System.nanoTime();
    while (true) {
      boolean seen = taken.allSeenBy(new SnapshotVisibility(source.snapshot()));
      boolean waits = source.waitsForStream();
      if (seen || waits) {
        ahead(waits);
        return;
      }
      if (gate.isHeld() && System.nanoTime() - start > ApplyGate.PATIENCE.toNanos()) {
        gate.refuse();
      }
      queue.linger(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
  }

  private void ahead(boolean now) {
    if (ahead != now) {
      ahead = now;
      progress.ahead(now);
    }
  }

  /** Applies exactly what the snapshot sees; see {@link ApplyGate.Hold#advanceTo}. */
  private boolean advanceTo(SourceSnapshot snapshot) throws Exception {
    SnapshotVisibility seen = new SnapshotVisibility(snapshot);
    if (!taken.allSeenBy(seen)) {
      return false;
    }
    source.moveLog();
    boolean complete = advance(seen);
    commit();
    return complete;
  }

  private boolean advance(SnapshotVisibility seen) throws Exception {
    while (true) {
      if (current == null && batch.end().compareTo(seen.end()) >= 0) {
        return true;
      }
      StreamItem item = queue.peek();
      if (item == null) {
        continue;
      }
      if (begins(item) instanceof PgOutputMessage.Begin begin) {
        if (begin.finalLsn().compareTo(seen.end()) >= 0) {
          return true;
        }
        if (!seen.sees(begin.xid(), begin.finalLsn())) {
          return queue.search(later -> look(later, seen)) == StreamQueue.Search.ABSENT;
        }
      }
      take(item);
      if (current == null && batch.bytes() >= bound) {
        commit();
      }
    }
  }

  private static PgOutputMessage.@Nullable Begin begins(StreamItem item) {
    return item instanceof StreamItem.Message message
            && message.content() instanceof PgOutputMessage.Begin begin
        ? begin
        : null;
  }

  /** Looks for a transaction that the snapshot sees, behind one that it does not. */
  private static StreamQueue.Search look(StreamItem item, SnapshotVisibility seen) {
    Lsn at;
    switch (item) {
      case StreamItem.Position position -> at = position.reached();
      case StreamItem.Message message -> {
        switch (message.content()) {
          case PgOutputMessage.Begin begin -> {
            if (seen.sees(begin.xid(), begin.finalLsn())) {
              return StreamQueue.Search.FOUND;
            }
            at = begin.finalLsn();
          }
          case PgOutputMessage.Commit commit -> at = commit.endLsn();
          default -> at = Lsn.ZERO;
        }
      }
    }
    return at.compareTo(seen.end()) >= 0 ? StreamQueue.Search.ABSENT : StreamQueue.Search.UNDECIDED;
  }
}
