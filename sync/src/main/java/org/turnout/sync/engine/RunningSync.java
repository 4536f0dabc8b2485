package org.turnout.sync.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.SyncConfig;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Freshness;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.apply.Backoff;
import org.turnout.sync.apply.ChangeStream;
import org.turnout.sync.apply.ChangedKeyLog;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.apply.StreamSettings;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.copy.Copy;
import org.turnout.sync.copy.CopyProgress;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.SchemaCopy;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Table;
import org.turnout.sync.verify.DefinitionWatch;
import org.turnout.sync.verify.Verifier;

/**
 * The work of one epoch's sync: at epoch 0 schema, slot, copy and indexes, each taken up where it
 * was left; then the stream, for as long as the epoch lasts. Runs on a thread of its own until it
 * follows or only the operator can help; a side that fails meanwhile is waited for. The questions
 * are for any thread and never wait for a database.
 */
final class RunningSync implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningSync.class);
  private static final Duration SLOT_DEADLINE = Duration.ofMinutes(10);

  private final Standing standing;
  private final PostgresSide primary;
  private final PostgresSide secondary;
  private final SyncConfig config;
  private final DumpPrograms dumps;
  private final Freshness freshness;
  private final StreamName name;
  private final StreamRecords records;
  private final CopyProgress progress = new CopyProgress(System::nanoTime);
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private volatile Phase phase = new Phase(SyncStatus.State.PREPARING, Optional.empty());
  private volatile @Nullable Following following;
  private final @Nullable Inherited before;
  private boolean fresh;
  private volatile boolean closed;

  /** What the work is busy with, and why it stands still if it does. */
  private record Phase(SyncStatus.State state, Optional<String> reason) {}

  /** What there is once the stream runs. */
  record Following(
      ChangeStream stream,
      Verifier verifier,
      ChangedKeyLog changedKeys,
      DefinitionWatch definitions) {}

  /**
   * The work of a standing, not begun.
   *
   * @param fresh whether freshness is needed within milliseconds
   * @param before what the stream leaves that a change of primary has just ended; null when nothing
   *     is known of the rows
   */
  RunningSync(
      Standing standing,
      PostgresSide primary,
      PostgresSide secondary,
      SyncConfig config,
      DumpPrograms dumps,
      Freshness freshness,
      boolean fresh,
      @Nullable Inherited before) {
    this.standing = standing;
    this.primary = primary;
    this.secondary = secondary;
    this.config = config;
    this.dumps = dumps;
    this.freshness = freshness;
    this.fresh = fresh;
    this.before = before;
    this.name = new StreamName(primary.route(), standing.epoch());
    this.records = new StreamRecords(name, primary, secondary);
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + primary.route() + "-sync")
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  Standing standing() {
    return standing;
  }

  PostgresSide primary() {
    return primary;
  }

  PostgresSide secondary() {
    return secondary;
  }

  /** What there is once the stream runs. */
  Optional<Following> following() {
    return Optional.ofNullable(following);
  }

  /** Whether it stands still until the operator has done something. */
  boolean hasFailed() {
    return status().state() == SyncStatus.State.FAILED;
  }

  void keepFresh(boolean wanted) {
    lock.lock();
    try {
      fresh = wanted;
      following().ifPresent(now -> now.stream().keepFresh(wanted));
    } finally {
      lock.unlock();
    }
  }

  /** What it does now; what the primary keeps for it is for the slot's guard to say. */
  SyncStatus status() {
    Phase now = phase();
    CopyProgress.View copied = progress.view();
    Optional<ChangeStream> stream = following().map(Following::stream);
    long instant = freshness.instant();
    return new SyncStatus(
        now.state(),
        now.reason().or(copied::waiting),
        copied.tables(),
        copied.rowsCopied(),
        copied.rowsTotal(),
        copied.bytesCopied(),
        copied.rowsPerSecond(),
        copied.eta(),
        stream.map(ChangeStream::lagBytes).orElse(0L),
        instant == Freshness.NEVER
            ? Optional.empty()
            : Optional.of(Duration.ofNanos(Math.max(0, System.nanoTime() - instant))),
        stream.map(ChangeStream::transactions).orElse(0L),
        stream.map(ChangeStream::changes).orElse(0L),
        0);
  }

  private Phase phase() {
    Phase own = phase;
    Following now = following;
    if (now == null || own.state() == SyncStatus.State.FAILED) {
      return own;
    }
    return switch (now.stream().state()) {
      case ChangeStream.State.Following() -> own;
      case ChangeStream.State.Waiting(String reason) ->
          new Phase(SyncStatus.State.WAITING, Optional.of(reason));
      case ChangeStream.State.Failed(String reason) ->
          new Phase(SyncStatus.State.FAILED, Optional.of(reason));
    };
  }

  private void run() {
    Backoff backoff = new Backoff(Backoff.Clock.SYSTEM);
    while (!closed && phase.state() != SyncStatus.State.FAILED) {
      try {
        work();
        return;
      } catch (InterruptedException e) {
        log.debug("The sync of {} was interrupted", primary.route());
      } catch (SyncException e) {
        failed(e);
        pause(backoff);
      } catch (RuntimeException | Error e) {
        log.error("A defect ended the sync of {}", primary.route(), e);
        enter(SyncStatus.State.FAILED, "A defect ended the sync: " + e);
      }
    }
  }

  private void failed(SyncException cause) {
    if (closed) {
      return;
    }
    String reason = sentence(cause);
    if (Failures.isTransient(cause)) {
      enter(SyncStatus.State.WAITING, reason);
    } else {
      log.error("The sync of {} cannot go on", primary.route(), cause);
      enter(SyncStatus.State.FAILED, reason);
    }
  }

  private static String sentence(SyncException cause) {
    StringBuilder text = new StringBuilder(String.valueOf(cause.getMessage()));
    for (Finding finding : cause.findings()) {
      text.append(' ').append(finding.message()).append(' ').append(finding.advice());
    }
    return text.toString();
  }

  private void enter(SyncStatus.State state, @Nullable String reason) {
    lock.lock();
    try {
      if (phase.state() != SyncStatus.State.FAILED) {
        phase = new Phase(state, Optional.ofNullable(reason));
        log.info(
            "{}: sync of epoch {}: {}{}",
            primary.route(),
            standing.epoch(),
            state,
            reason == null ? "" : ", " + reason);
      }
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void pause(Backoff backoff) {
    lock.lock();
    try {
      backoff.pause(ended, () -> !closed && phase.state() == SyncStatus.State.WAITING);
    } catch (InterruptedException e) {
      log.debug("The sync of {} was interrupted", primary.route());
    } finally {
      lock.unlock();
    }
  }

  private void work() throws SyncException, InterruptedException {
    if (standing.epoch().equals(Epoch.FIRST)) {
      first();
    } else {
      ReplicaIdentity.ensure(primary);
      follow(records.followed(), Map.of());
      enter(SyncStatus.State.FOLLOWING, null);
    }
  }

  private void first() throws SyncException, InterruptedException {
    SchemaCopy schema = new SchemaCopy(primary, secondary, config, dumps);
    if (following == null) {
      enter(SyncStatus.State.PREPARING, null);
      if (records.position().isEmpty()) {
        schema.prepare();
        records.begin(SLOT_DEADLINE, text -> enter(SyncStatus.State.PREPARING, text));
        enter(SyncStatus.State.PREPARING, null);
      }
      records.requireSlot();
      StreamRecords.Followed followed = records.followed();
      enter(SyncStatus.State.COPYING, null);
      new Copy(primary, secondary, followed.tables(), config.workers()).run(progress);
      enter(SyncStatus.State.INDEXING, null);
      schema.finishRows();
      follow(followed, records.copied());
    }
    enter(SyncStatus.State.INDEXING, null);
    awaitOneState();
    schema.finishConsistent().forEach(finding -> log.warn("{}", finding.message()));
    enter(SyncStatus.State.FOLLOWING, null);
  }

  private void follow(StreamRecords.Followed followed, Map<String, SourceSnapshot> copied)
      throws InterruptedException {
    List<Table> tables = followed.tables();
    ChangedKeyLog changedKeys =
        before == null
            ? new ChangedKeyLog(tables)
            : ChangedKeyLog.continuing(tables, before.changedKeys());
    DefinitionWatch definitions =
        new DefinitionWatch(
            primary,
            secondary,
            name,
            tables,
            before == null ? followed.definitions() : before.definitions(),
            changedKeys);
    ChangeStream stream =
        new ChangeStream(
            new StreamSettings(name, primary, secondary, tables, copied, config.maxBatchBytes()),
            changedKeys,
            freshness);
    Verifier verifier =
        new Verifier(primary, secondary, tables, stream.gate(), changedKeys, config, definitions);
    lock.lockInterruptibly();
    try {
      if (closed) {
        throw new InterruptedException();
      }
      stream.keepFresh(fresh);
      stream.start();
      following = new Following(stream, verifier, changedKeys, definitions);
    } finally {
      lock.unlock();
    }
    stream.awaitFollowing(TimeUnit.SECONDS.toNanos(10));
  }

  /** Ends the work for good, for a reason that came from outside of it. */
  void fail(String reason) {
    enter(SyncStatus.State.FAILED, reason);
    thread.interrupt();
    following().ifPresent(now -> now.stream().fail(reason));
  }

  /**
   * Waits until the stream is past the newest snapshot of the copy: the tables stand at one state
   * of the source then.
   */
  private void awaitOneState() throws SyncException, InterruptedException {
    ChangeStream stream = following().orElseThrow().stream();
    while (true) {
      ChangeStream.State state = stream.awaitFollowing(Long.MAX_VALUE);
      if (state instanceof ChangeStream.State.Failed(String reason)) {
        throw new SyncException(reason);
      }
      if (closed) {
        throw new InterruptedException("the sync was ended");
      }
      try {
        stream.marker().get();
        return;
      } catch (ExecutionException e) {
        log.debug("The stream was interrupted before the copied tables agreed", e);
      }
    }
  }

  /** Ends the work and the stream; what is durable stays. */
  @Override
  public void close() throws SyncException, InterruptedException {
    lock.lock();
    try {
      closed = true;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    Following now = following;
    if (now != null) {
      now.stream().close();
      now.verifier().close();
    }
    thread.join();
    freshness.reset();
  }
}
