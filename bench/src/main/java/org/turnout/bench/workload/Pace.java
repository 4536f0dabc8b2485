package org.turnout.bench.workload;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives the clients their turns: each at its own rate, all held between two turns on demand, until
 * stopped. Safe for any thread.
 */
final class Pace {
  private enum State {
    RUNNING,
    HELD,
    STOPPED
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stateChanged = lock.newCondition();
  private final Condition clientMoved = lock.newCondition();
  private State state = State.RUNNING;
  private int active;
  private long turns;

  /** A client begins its work; it counts as active until it waits for a turn. */
  void join() {
    lock.lock();
    try {
      active++;
    } finally {
      lock.unlock();
    }
  }

  /** A client has ended. */
  void leave() {
    lock.lock();
    try {
      active--;
      clientMoved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the instant of the next turn; false when there will be none. */
  boolean awaitTurn(long dueNanos) throws InterruptedException {
    lock.lock();
    try {
      active--;
      turns++;
      clientMoved.signalAll();
      while (state != State.STOPPED) {
        long remaining = dueNanos - System.nanoTime();
        if (state == State.HELD) {
          stateChanged.await();
        } else if (remaining <= 0) {
          return true;
        } else {
          stateChanged.awaitNanos(remaining);
        }
      }
      return false;
    } finally {
      active++;
      lock.unlock();
    }
  }

  /** Holds all clients; returns when each stands between two turns. */
  void hold(Duration deadline) throws InterruptedException, TimeoutException {
    lock.lock();
    try {
      state = State.HELD;
      long remaining = deadline.toNanos();
      while (active > 0) {
        if (remaining <= 0) {
          throw new TimeoutException(active + " clients did not end their turn in " + deadline);
        }
        remaining = clientMoved.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }

  void release() {
    change(State.RUNNING);
  }

  void stop() {
    change(State.STOPPED);
  }

  boolean isStopped() {
    lock.lock();
    try {
      return state == State.STOPPED;
    } finally {
      lock.unlock();
    }
  }

  private void change(State next) {
    lock.lock();
    try {
      state = next;
      stateChanged.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the clients together have ended this many more turns. */
  void awaitTurns(long more, Duration deadline) throws InterruptedException, TimeoutException {
    lock.lock();
    try {
      long goal = turns + more;
      long remaining = deadline.toNanos();
      while (turns < goal) {
        if (remaining <= 0) {
          throw new TimeoutException("the clients stand still for " + deadline);
        }
        remaining = clientMoved.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }
}
