package org.turnout.sync.apply;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;

/**
 * The running stream of one epoch: follows the source on a thread of its own, connects again by
 * itself when a side fails, from the position that is durable on the target, and stops for good
 * when only the operator can help. Methods are for any thread.
 */
public final class ChangeStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChangeStream.class);

  private final StreamSettings settings;
  private final ChangedKeyLog changedKeys;
  private final Freshness freshness;
  private final Backoff backoff;
  private final StandstillGate gate = new StandstillGate();
  private final Markers markers = new Markers();
  private final SourceWatch source;
  private final LongAdder transactions = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stateChanged = lock.newCondition();
  private volatile State state = new State.Waiting("The stream connects");
  private @Nullable StreamSession session;
  private @Nullable FreshnessSampler sampler;
  private boolean silent;
  private volatile @Nullable AppliedPosition applied;
  private boolean eager;
  private volatile boolean closed;

  /** What the stream does now. */
  public sealed interface State {
    /** Changes are applied as they come. */
    record Following() implements State {
      @Override
      public String toString() {
        return "following";
      }
    }

    /** A side cannot be reached; tries again by itself. */
    record Waiting(String reason) implements State {
      @Override
      public String toString() {
        return "waiting: " + reason;
      }
    }

    /** Does not go on by itself. */
    record Failed(String reason) implements State {
      @Override
      public String toString() {
        return "failed: " + reason;
      }
    }
  }

  /** A stream that has not begun; its position must be on the target when it does. */
  public ChangeStream(StreamSettings settings, ChangedKeyLog changedKeys, Freshness freshness) {
    this(settings, changedKeys, freshness, Backoff.Clock.SYSTEM);
  }

  ChangeStream(
      StreamSettings settings,
      ChangedKeyLog changedKeys,
      Freshness freshness,
      Backoff.Clock clock) {
    this.settings = settings;
    this.changedKeys = changedKeys;
    this.freshness = freshness;
    this.backoff = new Backoff(clock);
    this.source = new SourceWatch(settings.source());
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name(
                "turnout-" + settings.name().route() + "-apply-" + settings.target().side().word())
            .unstarted(this::run);
  }

  /** Begins to follow, in the background. */
  public void start() {
    thread.start();
  }

  public State state() {
    return state;
  }

  /** Lets a verification stop the applier. */
  public ApplyGate gate() {
    return gate;
  }

  /** Source transactions applied since the start. */
  public long transactions() {
    return transactions.sum();
  }

  /** Row changes applied since the start. */
  public long changes() {
    return changes.sum();
  }

  /** Bytes of the source's log that are not on the target, as last known. */
  public long lagBytes() {
    AppliedPosition now = applied;
    return now == null ? 0 : now.lagBytes();
  }

  /** Whether freshness is needed within milliseconds. */
  public void keepFresh(boolean wanted) {
    lock.lock();
    try {
      eager = wanted;
      if (sampler != null) {
        sampler.eager(wanted);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * From now on says nothing about freshness, whatever it goes on applying: its source is no longer
   * the primary, so having all of the source proves nothing. Nothing is advanced any more when this
   * returns.
   */
  public void ceaseFreshness() {
    lock.lock();
    try {
      silent = true;
      AppliedPosition now = applied;
      if (now != null) {
        now.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes a marker through the source's log; completes when it is applied on the target. Fails
   * when the stream does not follow, or ceases to.
   */
  public CompletableFuture<Void> marker() {
    if (!(state instanceof State.Following)) {
      return CompletableFuture.failedFuture(
          new SyncException("The change stream does not follow now: " + state));
    }
    Markers.Marker marker = markers.create();
    Thread.startVirtualThread(
        () -> {
          try {
            source.mark(marker.content());
          } catch (SyncException e) {
            markers.failed(marker, e);
          }
        });
    if (!(state instanceof State.Following)) {
      markers.failed(marker, new SyncException("The change stream does not follow any more"));
    }
    return marker.applied();
  }

  /** Waits until the stream follows, has failed, or the time is over; returns the state then. */
  public State awaitFollowing(long timeoutNanos) throws InterruptedException {
    lock.lock();
    try {
      long left = timeoutNanos;
      while (state instanceof State.Waiting && left > 0) {
        left = stateChanged.awaitNanos(left);
      }
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream for good, for a reason that came from outside of it. */
  public void fail(String reason) {
    enter(new State.Failed(reason));
    end();
  }

  private void run() {
    while (!ended()) {
      try (StreamSession opened = StreamSession.open(settings)) {
        follow(opened);
      } catch (InterruptedException e) {
        log.debug("Stream {} was interrupted", settings.name());
      } catch (Exception e) {
        failed(e);
      }
      pauseBeforeNext();
    }
    markers.failAll(new SyncException("The change stream has ended"));
  }

  private boolean ended() {
    return closed || state instanceof State.Failed;
  }

  private void follow(StreamSession opened) throws Exception {
    source.connect();
    AppliedPosition position = new AppliedPosition(freshness, opened.from());
    position.ahead(source.waitsForStream());
    try (FreshnessSampler sampling = new FreshnessSampler(settings.source(), position, isEager())) {
      if (!entered(opened, sampling, position)) {
        return;
      }
      sampling.start();
      freshness.addSampler(sampling);
      try {
        opened.run(changedKeys, gate, source, position, result -> committed(position, result));
      } finally {
        freshness.removeSampler(sampling);
      }
    } finally {
      position.close();
      left();
    }
  }

  private boolean isEager() {
    lock.lock();
    try {
      return eager;
    } finally {
      lock.unlock();
    }
  }

  private boolean entered(
      StreamSession opened, FreshnessSampler sampling, AppliedPosition position) {
    lock.lock();
    try {
      if (ended()) {
        return false;
      }
      session = opened;
      sampler = sampling;
      applied = position;
      if (silent) {
        position.close();
      }
      enter(new State.Following());
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void left() {
    lock.lock();
    try {
      session = null;
      sampler = null;
    } finally {
      lock.unlock();
    }
  }

  private void committed(AppliedPosition position, Batch.Committed result) {
    transactions.add(result.transactions());
    changes.add(result.changes());
    position.applied(result.end());
    markers.applied(result.markers());
    backoff.succeeded();
  }

  private void failed(Exception cause) {
    if (ended()) {
      return;
    }
    String reason = String.valueOf(cause.getMessage());
    if (passes(cause)) {
      enter(new State.Waiting(reason));
    } else {
      log.error("Stream {} cannot go on", settings.name(), cause);
      enter(new State.Failed(reason));
    }
    markers.failAll(new SyncException("The change stream was interrupted: " + reason, cause));
  }

  /** The last reader of a slot or user of an origin may not have ended yet; disks are emptied. */
  private static boolean passes(Exception cause) {
    String sqlState = Optional.ofNullable(Failures.state(cause)).orElse("");
    return Failures.isTransient(cause) || sqlState.equals("55006") || sqlState.startsWith("53");
  }

  private void enter(State next) {
    lock.lock();
    try {
      if (!state.equals(next) && !(state instanceof State.Failed)) {
        state = next;
        log.info("Stream {}: {}", settings.name(), next);
      }
      stateChanged.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void pauseBeforeNext() {
    lock.lock();
    try {
      backoff.pause(stateChanged, () -> !ended());
    } catch (InterruptedException e) {
      log.debug("Stream {} was interrupted", settings.name());
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      if (session != null) {
        session.abort();
      }
      stateChanged.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }

  /** Ends the stream; what is durable stays. */
  @Override
  public void close() throws SyncException, InterruptedException {
    closed = true;
    end();
    thread.join();
    source.close();
  }
}
