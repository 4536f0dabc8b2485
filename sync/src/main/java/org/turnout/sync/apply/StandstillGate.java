package org.turnout.sync.apply;

import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.SyncException;

/**
 * The gate of one stream. The applier passes it between two transactions; while someone holds it,
 * the applier stands there with everything it took committed, and moves only when told to. Outlives
 * reconnections: whoever holds it then learns of the failure at the next call.
 */
final class StandstillGate implements ApplyGate {
  private final Semaphore oneHolder = new Semaphore(1, true);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile boolean held;
  private @Nullable Runnable nudge;
  private boolean standing;
  private boolean refused;
  private @Nullable Advance advance;

  /** What the applier does for a holder; called on the applier's thread. */
  @FunctionalInterface
  interface Mover {
    boolean advanceTo(SourceSnapshot snapshot) throws Exception;
  }

  /** One request of a holder; {@code outcome} is null until the applier answered. */
  private static final class Advance {
    private final SourceSnapshot snapshot;
    private @Nullable Boolean outcome;

    Advance(SourceSnapshot snapshot) {
      this.snapshot = snapshot;
    }
  }

  /** The applier runs; the nudge makes it come to the gate. */
  void opened(Runnable nudgeApplier) {
    lock.lock();
    try {
      nudge = nudgeApplier;
    } finally {
      lock.unlock();
    }
  }

  /** The applier has ended; those who wait for it learn it. */
  void closed() {
    lock.lock();
    try {
      nudge = null;
      standing = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The applier cannot come to stand, and it is open when: who waits for it learns it. */
  void refuse() {
    lock.lock();
    try {
      refused = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the applier has to stop at the next boundary. */
  boolean isHeld() {
    return held;
  }

  /** The applier stands between two transactions, nothing uncommitted; returns when it may go. */
  void stand(Mover mover) throws Exception {
    while (true) {
      SourceSnapshot snapshot = awaitOrder();
      if (snapshot == null) {
        return;
      }
      answer(mover.advanceTo(snapshot));
    }
  }

  private @Nullable SourceSnapshot awaitOrder() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      standing = true;
      changed.signalAll();
      while (held && (advance == null || advance.outcome != null)) {
        changed.await();
      }
      standing = false;
      return held && advance != null ? advance.snapshot : null;
    } finally {
      lock.unlock();
    }
  }

  private void answer(boolean outcome) {
    lock.lock();
    try {
      if (advance != null) {
        advance.outcome = outcome;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Hold hold() throws SyncException, InterruptedException {
    oneHolder.acquire();
    lock.lock();
    try {
      held = true;
      refused = false;
      while (!standing) {
        if (refused) {
          throw new SyncException(ApplyGate.COMMITS_NOT_SEEN);
        }
        running().run();
        changed.await();
      }
      return new Holding();
    } catch (SyncException | InterruptedException | RuntimeException e) {
      release();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private Runnable running() throws SyncException {
    Runnable running = nudge;
    if (running == null) {
      throw new SyncException("The change stream does not follow now");
    }
    return running;
  }

  private void release() {
    lock.lock();
    try {
      held = false;
      advance = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    oneHolder.release();
  }

  /** The one hold of now; used by one thread. */
  private final class Holding implements Hold {
    private boolean closed;

    @Override
    public boolean advanceTo(SourceSnapshot snapshot) throws SyncException, InterruptedException {
      lock.lock();
      try {
        Advance wanted = new Advance(snapshot);
        advance = wanted;
        changed.signalAll();
        while (wanted.outcome == null || !standing) {
          if (nudge == null) {
            throw new SyncException("The change stream failed while it was held");
          }
          changed.await();
        }
        return wanted.outcome;
      } finally {
        advance = null;
        lock.unlock();
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        release();
      }
    }
  }
}
