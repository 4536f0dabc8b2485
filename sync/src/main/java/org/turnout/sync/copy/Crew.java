package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.SyncException;

/**
 * Threads that do one work together: the first failure ends all of them, and so does an interrupt
 * of the thread that waits for them. Their connections are cut then, so that a wait for a server
 * ends at once. {@link #own} and {@link #hasEnded} are for the crew's threads.
 */
final class Crew {
  private final List<Connection> connections = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private boolean cut;

  private Crew() {}

  /** What each thread of a crew does. */
  interface Work {
    void run(Crew crew) throws SyncException, InterruptedException;
  }

  /**
   * Runs the work on a number of threads at once and returns when all have ended.
   *
   * @throws SyncException the first failure of any thread
   */
  static void run(int size, String name, Work work) throws SyncException, InterruptedException {
    Crew crew = new Crew();
    List<Thread> threads = new ArrayList<>();
    for (int number = 1; number <= size; number++) {
      threads.add(Thread.ofPlatform().name(name + "-" + number).start(() -> crew.member(work)));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      crew.fail(e);
      for (Thread thread : threads) {
        thread.interrupt();
        joinCutThread(thread);
      }
      throw e;
    }
    crew.rethrow();
  }

  /** Takes a connection into the crew's care; it is cut when the work ends early. */
  synchronized Connection own(Connection connection) throws SyncException {
    connections.add(connection);
    if (cut) {
      cut(connection);
      throw new SyncException("The work has ended");
    }
    return connection;
  }

  /** Whether some thread has failed, so that nothing new is begun. */
  boolean hasEnded() {
    return failure.get() != null;
  }

  private void member(Work work) {
    try {
      work.run(this);
    } catch (SyncException | InterruptedException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable cause) {
    if (!failure.compareAndSet(null, cause)) {
      return;
    }
    synchronized (this) {
      cut = true;
      connections.forEach(Crew::cut);
    }
  }

  private static void cut(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("A connection could not be cut", e);
    }
  }

  /** Its connections are cut, so this ends soon whatever the servers do. */
  private static void joinCutThread(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void rethrow() throws SyncException, InterruptedException {
    switch (failure.get()) {
      case null -> {}
      case SyncException e -> throw e;
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }
}
