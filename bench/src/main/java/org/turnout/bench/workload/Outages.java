package org.turnout.bench.workload;

import java.sql.SQLException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The announced outages of the target: a session cut by one is opened again and is no error; every
 * other failure is one. Safe for any thread.
 */
final class Outages {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private long count;
  private boolean down;

  void begin() {
    lock.lock();
    try {
      count++;
      down = true;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      down = false;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many outages began; one that goes on counts as still to come. */
  long past() {
    lock.lock();
    try {
      return down ? count - 1 : count;
    } finally {
      lock.unlock();
    }
  }

  /** Whether an outage since {@code past} explains that a connection failed. */
  boolean explains(long past, SQLException failure) {
    lock.lock();
    try {
      return count > past && isConnectionFailure(failure);
    } finally {
      lock.unlock();
    }
  }

  private static boolean isConnectionFailure(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return state.startsWith("08") || state.startsWith("57P");
  }

  void awaitEnd() throws InterruptedException {
    lock.lock();
    try {
      while (down) {
        ended.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
