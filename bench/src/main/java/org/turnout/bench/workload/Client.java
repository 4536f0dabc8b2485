package org.turnout.bench.workload;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the application: a thread with one session at a time, which does a cycle of
 * requests at each of its turns. A failure ends the session; the next turn opens another.
 */
abstract class Client implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Client.class);

  private final String name;
  private final Surroundings surroundings;
  private final long cyclesPerSession;
  private long due = System.nanoTime();

  /** What all clients of a workload share. */
  record Surroundings(
      Target target,
      Tally tally,
      Latencies latencies,
      Pace pace,
      Outages outages,
      AtomicLong nanosPerCycle) {}

  /**
   * A client.
   *
   * @param cyclesPerSession cycles after which the session is closed and another opened
   */
  Client(String name, Surroundings surroundings, long cyclesPerSession) {
    this.name = name;
    this.surroundings = surroundings;
    this.cyclesPerSession = cyclesPerSession;
  }

  /** Called with each new session, before its first cycle. */
  abstract void open(Session session) throws SQLException;

  /** The requests of one turn. */
  abstract void cycle(Session session) throws SQLException;

  final Tally tally() {
    return surroundings.tally();
  }

  final String name() {
    return name;
  }

  @Override
  public final void run() {
    Pace pace = surroundings.pace();
    pace.join();
    try {
      while (awaitTurn()) {
        surroundings.outages().awaitEnd();
        if (!pace.isStopped()) {
          runSession();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("client {} has ended", name, e);
      tally().error(name + ": " + e);
    } finally {
      pace.leave();
    }
  }

  private void runSession() throws InterruptedException {
    long past = surroundings.outages().past();
    try (Session session = connect()) {
      open(session);
      cycle(session);
      for (long cycle = 1; cycle < cyclesPerSession && awaitTurn(); cycle++) {
        cycle(session);
      }
    } catch (SQLException e) {
      if (surroundings.outages().explains(past, e)) {
        tally().reconnected();
      } else {
        log.trace("client {}", name, e);
        tally().error(name + ": " + e.getSQLState() + " " + e.getMessage());
      }
    }
  }

  private Session connect() throws SQLException {
    tally().request();
    long start = System.nanoTime();
    try {
      return new Session(
          surroundings.target().connect(name), surroundings.tally(), surroundings.latencies());
    } finally {
      surroundings.latencies().record(System.nanoTime() - start);
    }
  }

  /** Late turns are not caught up: the clients wait for answers, as applications do. */
  private boolean awaitTurn() throws InterruptedException {
    due =
        Math.max(
            due + surroundings.nanosPerCycle().get(),
            System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(1));
    return surroundings.pace().awaitTurn(due);
  }
}
