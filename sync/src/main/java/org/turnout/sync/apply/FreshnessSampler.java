package org.turnout.sync.apply;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Asks the source from time to time where its log ends and gives that to {@link AppliedPosition}:
 * while reads go to the secondary, some milliseconds after a session has used the primary, and
 * again until the secondary has that; at once when somebody waits for it; and a few times a second,
 * for the status. A log that has grown but was not written out yet is not handed out by the source;
 * when nothing moves for a while, a marker makes it. A thread of its own.
 */
final class FreshnessSampler implements Freshness.Sampler, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FreshnessSampler.class);
  private static final long EAGER_NANOS = 3_000_000;
  private static final long CALM_NANOS = 250_000_000;
  private static final long UNREACHABLE_NANOS = 1_000_000_000;
  private static final long STUCK_NANOS = 20_000_000;

  private final SourceWatch source;
  private final AppliedPosition applied;
  private final Thread thread;
  private volatile boolean eager;
  private volatile boolean closed;

  /** News are wanted; cleared before the source is asked for them. */
  private volatile boolean wanted;

  /** Nothing is to be asked soon. Set before {@link #wanted} is looked at for the last time. */
  private volatile boolean resting;

  private @Nullable Lsn stuckAt;
  private long stuckSince;

  FreshnessSampler(PostgresSide source, AppliedPosition applied, boolean eager) {
    this.source = new SourceWatch(source);
    this.applied = applied;
    this.eager = eager;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + source.route() + "-freshness")
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public void now() {
    wanted = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void soon() {
    if (!wanted) {
      wanted = true;
      if (resting) {
        LockSupport.unpark(thread);
      }
    }
  }

  /** Whether freshness is needed within milliseconds. */
  void eager(boolean wanted) {
    eager = wanted;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      wanted = false;
      LockSupport.parkNanos(sample());
      rest();
    }
    try {
      source.close();
    } catch (SyncException e) {
      log.debug("Closing the sampler's connection", e);
    }
  }

  /** Rests as long as nobody wants news and the secondary has what was asked for last. */
  private void rest() {
    if (eager && stuckAt == null) {
      resting = true;
      if (!wanted && !closed) {
        LockSupport.parkNanos(CALM_NANOS);
      }
      resting = false;
    }
  }

  /** Takes one sample; returns how long to wait for the next. */
  private long sample() {
    long asked = System.nanoTime();
    try {
      if (applied.sampled(asked, source.logEnd())) {
        stuckAt = null;
      } else {
        moveWhatIsStuck(asked, eager ? STUCK_NANOS : UNREACHABLE_NANOS);
      }
      return eager ? EAGER_NANOS : CALM_NANOS;
    } catch (SyncException e) {
      log.debug("The source could not be asked for its position", e);
      return UNREACHABLE_NANOS;
    }
  }

  private void moveWhatIsStuck(long now, long patience) throws SyncException {
    Lsn position = applied.position();
    if (!position.equals(stuckAt)) {
      stuckAt = position;
      stuckSince = now;
    } else if (now - stuckSince > patience) {
      source.mark("");
      stuckSince = now + UNREACHABLE_NANOS;
    }
  }

  /** Ends the sampling, without waiting for the last question's answer, which has no effect. */
  @Override
  public void close() {
    applied.close();
    closed = true;
    LockSupport.unpark(thread);
  }
}
