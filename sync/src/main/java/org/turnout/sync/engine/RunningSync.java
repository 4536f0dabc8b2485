package org.turnout.sync.engine;

import java.util.Map;
import java.util.Optional;
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
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;

/**
 * The work of one epoch's sync: at epoch 0 what precedes the stream, then the stream, for as long
 * as the epoch lasts. Runs on a thread of its own until it follows or only the operator can help; a
 * side that fails meanwhile is waited for. The questions are for any thread and never wait for a
 * database.
 */
final class RunningSync implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningSync.class);

  private final Standing standing;
  private final PostgresSide primary;
  private final PostgresSide secondary;
  private final SyncConfig config;
  private final Freshness freshness;
  private final StreamRecords records;
  private final SyncReport report;
  private final FirstSync first;
  private final Backoff backoff;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final @Nullable Inherited before;
  private volatile @Nullable Following following;
  private boolean fresh;
  private volatile boolean closed;

  /**
   * The work of a standing, not begun.
   *
   * @param clock what time passes by until the next try
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
      Backoff.Clock clock,
      Freshness freshness,
      boolean fresh,
      @Nullable Inherited before) {
    this.standing = standing;
    this.primary = primary;
    this.secondary = secondary;
    this.config = config;
    this.backoff = new Backoff(clock);
    this.freshness = freshness;
    this.fresh = fresh;
    this.before = before;
    this.records =
        new StreamRecords(new StreamName(primary.route(), standing.epoch()), primary, secondary);
    this.report = new SyncReport(primary.route(), standing.epoch(), freshness);
    this.first = new FirstSync(records, config, dumps, report);
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
    return report.status(following().map(Following::stream));
  }

  private void run() {
    while (!closed && report.state() != SyncStatus.State.FAILED) {
      try {
        work();
        return;
      } catch (InterruptedException e) {
        log.debug("The sync of {} was interrupted", primary.route());
      } catch (SyncException e) {
        failed(e);
        pause();
      } catch (RuntimeException | Error e) {
        log.error("A defect ended the sync of {}", primary.route(), e);
        report.enter(SyncStatus.State.FAILED, "A defect ended the sync: " + e);
      }
    }
  }

  private void failed(SyncException cause) {
    if (closed) {
      return;
    }
    String reason = sentence(cause);
    if (Failures.isTransient(cause)) {
      report.enter(SyncStatus.State.WAITING, reason);
    } else {
      log.error("The sync of {} cannot go on", primary.route(), cause);
      report.enter(SyncStatus.State.FAILED, reason);
    }
  }

  private static String sentence(SyncException cause) {
    StringBuilder text = new StringBuilder(String.valueOf(cause.getMessage()));
    for (Finding finding : cause.findings()) {
      text.append(' ').append(finding.message()).append(' ').append(finding.advice());
    }
    return text.toString();
  }

  private void pause() {
    lock.lock();
    try {
      backoff.pause(ended, () -> !closed && report.state() == SyncStatus.State.WAITING);
    } catch (InterruptedException e) {
      log.debug("The sync of {} was interrupted", primary.route());
    } finally {
      lock.unlock();
    }
  }

  private void work() throws SyncException, InterruptedException {
    if (standing.epoch().equals(Epoch.FIRST)) {
      if (following == null) {
        StreamRecords.Followed followed = first.copy();
        follow(followed, records.copied());
      }
      report.enter(SyncStatus.State.INDEXING);
      following().orElseThrow().awaitOneState(() -> closed);
      first.complete();
    } else {
      ReplicaIdentity.ensure(primary);
      follow(records.followed(), Map.of());
    }
    report.enter(SyncStatus.State.FOLLOWING);
  }

  private void follow(StreamRecords.Followed followed, Map<String, SourceSnapshot> copied)
      throws InterruptedException {
    Following next = Following.of(records, followed, copied, config, freshness, before);
    ChangeStream stream = next.stream();
    lock.lockInterruptibly();
    try {
      if (closed) {
        throw new InterruptedException();
      }
      stream.keepFresh(fresh);
      stream.start();
      following = next;
    } finally {
      lock.unlock();
    }
    stream.awaitFollowing(TimeUnit.SECONDS.toNanos(10));
  }

  /** Ends the work for good, for a reason that came from outside of it. */
  void fail(String reason) {
    lock.lock();
    try {
      report.enter(SyncStatus.State.FAILED, reason);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    following().ifPresent(now -> now.stream().fail(reason));
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
      now.close();
    }
    thread.join();
    freshness.reset();
  }
}
