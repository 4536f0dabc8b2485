package org.turnout.bench.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Counts the events of a route, for one life of the program: tells a waiter that there is something
 * to look at. Safe for any thread.
 */
final class RouteWatch implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Stream<String> lines;
  private long events;

  RouteWatch(AdminClient client) throws IOException, InterruptedException {
    lines = client.events();
    Thread.ofVirtual().name("route-watch").start(this::follow);
  }

  private void follow() {
    try {
      lines.filter(line -> line.startsWith("data:")).forEach(line -> happened());
    } catch (UncheckedIOException e) {
      // The program has ended or was killed: whoever looks at the route next finds out.
      happened();
    }
  }

  private void happened() {
    lock.lock();
    try {
      events++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The events so far. */
  long events() {
    lock.lock();
    try {
      return events;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there were more events than these, or the time is over. */
  void awaitMoreThan(long seen, long millis) throws InterruptedException {
    lock.lock();
    try {
      long remaining = TimeUnit.MILLISECONDS.toNanos(millis);
      while (events <= seen && remaining > 0) {
        remaining = changed.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lines.close();
  }
}
