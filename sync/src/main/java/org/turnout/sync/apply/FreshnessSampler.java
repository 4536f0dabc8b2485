package org.turnout.sync.apply;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * Asks the source from time to time where its log ends and gives that to {@link AppliedPosition}:
 * every few milliseconds while reads go to the secondary, a few times a second otherwise, for the
 * status, and at once when somebody begins to wait for freshness. A log that has grown but was not
 * written out yet is not handed out by the source; when nothing moves for a while, a marker makes
 * it. A thread of its own.
 */
final class FreshnessSampler implements AutoCloseable {
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

  /** Somebody waits: takes a sample at once. */
  void now() {
    LockSupport.unpark(thread);
  }

  /** Whether freshness is needed within milliseconds. */
  void eager(boolean wanted) {
    eager = wanted;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(sample());
    }
    try {
      source.close();
    } catch (SyncException e) {
      log.debug("Closing the sampler's connection", e);
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
