package org.turnout.proxy.postgres;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.Freshness;

/**
 * Lets a session, in front of which a read stands, wait until the secondary has what the session
 * has seen on the primary.
 *
 * <p>Without it a session that reads the primary more often than the stream's lag would never get
 * away from there: each of its reads there is newer than the secondary. One wait is enough, because
 * reads on the secondary set no new goal. So it is had once after each write, and when something
 * else has sent the session back to the primary, not sooner than after {@link #REST_NANOS}. A wait
 * that was in vain is not tried again for a while, each time a longer one.
 *
 * <p>The session stands at its boundary meanwhile: a gate that closes does not wait for it.
 * Confined to the session's event loop.
 */
final class FreshnessWait {
  private static final long REST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long FIRST_BACK_OFF_NANOS = Duration.ofMillis(50).toNanos();
  private static final int MOST_DOUBLINGS = 6;

  private final PostgresSession session;
  private final ReadPolicy policy;
  private Freshness.@Nullable Waiting waiting;
  private @Nullable ScheduledFuture<?> bound;
  private boolean used;
  private long nextUse = System.nanoTime();
  private int inVain;
  private long notBefore = System.nanoTime();

  FreshnessWait(PostgresSession session, ReadPolicy policy) {
    this.session = session;
    this.policy = policy;
  }

  boolean isRunning() {
    return bound != null;
  }

  /** The session has written: there is a new state to wait for. */
  void written() {
    used = false;
  }

  /** Whether a read may wait now. */
  boolean isAllowed() {
    long now = System.nanoTime();
    return policy.waitNanos() > 0 && now - notBefore >= 0 && (!used || now - nextUse >= 0);
  }

  /** Begins to wait; the session goes on when the instant is covered, or the time is over. */
  void begin(long instant) {
    ScheduledFuture<?> timer =
        session
            .lane()
            .loop()
            .schedule(() -> ended(false), policy.waitNanos(), TimeUnit.NANOSECONDS);
    bound = timer;
    waiting = policy.await(instant, () -> session.lane().loop().execute(() -> covered(timer)));
  }

  /** The time is over now; the session goes on without. */
  void expire() {
    if (isRunning()) {
      ended(false);
    }
  }

  /** Waits no longer. */
  void cancel() {
    Freshness.Waiting before = waiting;
    ScheduledFuture<?> timer = bound;
    waiting = null;
    bound = null;
    if (before != null) {
      before.cancel();
    }
    if (timer != null) {
      timer.cancel(false);
    }
  }

  @SuppressWarnings("ReferenceEquality") // another wait has another timer
  private void covered(ScheduledFuture<?> which) {
    if (which == bound) {
      ended(true);
    }
  }

  private void ended(boolean fresh) {
    cancel();
    long now = System.nanoTime();
    if (fresh) {
      inVain = 0;
      used = true;
      nextUse = now + REST_NANOS;
    } else {
      notBefore = now + (FIRST_BACK_OFF_NANOS << Math.min(inVain, MOST_DOUBLINGS));
      inVain++;
    }
    session.lane().counters().readWaited(fresh);
    session.goOn();
  }
}
