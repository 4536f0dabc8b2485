package org.turnout.sync;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The newest instant such that everything committed on the primary before it is applied on the
 * secondary. Written by the sync, read on the way of a query: one volatile read. Instants are
 * {@link System#nanoTime()} of this process.
 *
 * <p>Who needs an instant that is not covered yet can wait for it; nobody polls. Safe for any
 * thread.
 */
public final class Freshness {
  /** Nothing is known to be on the secondary. */
  public static final long NEVER = Long.MIN_VALUE;

  private final Queue<Waiting> waiters = new ConcurrentLinkedQueue<>();
  private final CopyOnWriteArrayList<Sampler> samplers = new CopyOnWriteArrayList<>();
  private volatile long instant = NEVER;

  /** Brings news of the primary. Called on the way of queries: it must not block. */
  public interface Sampler {
    /** Somebody waits. */
    void now();

    /** Somebody will want to know in some milliseconds. */
    void soon();
  }

  /** The instant, or {@link #NEVER}. */
  public long instant() {
    return instant;
  }

  /** Whether everything up to and including the given instant is on the secondary. */
  public boolean covers(long nanos) {
    long now = instant;
    return now != NEVER && now - nanos > 0;
  }

  /**
   * Runs the action once, as soon as the instant is covered, on whatever thread makes it so; it
   * must not block. Asks for news of the primary at once.
   */
  public Waiting await(long nanos, Runnable action) {
    Waiting waiting = new Waiting(nanos, action);
    waiters.add(waiting);
    if (covers(nanos)) {
      waiting.fulfil();
    } else {
      samplers.forEach(Sampler::now);
    }
    return waiting;
  }

  /**
   * A session has used the primary, and what it reads next may depend on news of it. Cheap; as long
   * as nobody calls this, nobody asks the primary.
   */
  public void soon() {
    for (Sampler sampler : samplers) {
      sampler.soon();
    }
  }

  /** Whether anyone waits. */
  public boolean isAwaited() {
    return !waiters.isEmpty();
  }

  /** From now on the sampler is told what is wanted. */
  public void addSampler(Sampler sampler) {
    samplers.add(sampler);
  }

  /** Takes back {@link #addSampler}. */
  public void removeSampler(Sampler sampler) {
    samplers.remove(sampler);
  }

  /** Moves the instant forward; an older one is ignored. Called by one thread at a time. */
  public void advance(long nanos) {
    long now = instant;
    if (now == NEVER || nanos - now > 0) {
      instant = nanos;
      for (Waiting waiting : waiters) {
        if (covers(waiting.nanos)) {
          waiting.fulfil();
        }
      }
    }
  }

  /** Forgets what was known: the stream has ended or changed direction. */
  public void reset() {
    instant = NEVER;
  }

  /** Somebody who waits for an instant. */
  public final class Waiting {
    private final long nanos;
    private final Runnable action;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Waiting(long nanos, Runnable action) {
      this.nanos = nanos;
      this.action = action;
    }

    /** Waits no longer; the action is not begun any more. */
    public void cancel() {
      if (ended.compareAndSet(false, true)) {
        waiters.remove(this);
      }
    }

    private void fulfil() {
      if (ended.compareAndSet(false, true)) {
        waiters.remove(this);
        action.run();
      }
    }
  }
}
