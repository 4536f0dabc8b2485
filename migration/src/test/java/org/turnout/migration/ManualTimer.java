package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A timer that moves only when a test says so. Deadlines run on the thread that moves the clock;
 * background work runs at once on threads of its own.
 */
final class ManualTimer implements ControlTimer {
  private record Due(long at, Runnable task) {}

  private final List<Due> due = new ArrayList<>();

  private record Periodic(Duration period, Runnable task) {}

  private final List<Periodic> periodic = new ArrayList<>();
  private long now = 1_000_000_000L;

  @Override
  public synchronized long nanos() {
    return now;
  }

  @Override
  public synchronized Handle after(Duration delay, Runnable task) {
    Due entry = new Due(now + delay.toNanos(), task);
    due.add(entry);
    return () -> remove(entry);
  }

  private synchronized void remove(Due entry) {
    due.remove(entry);
  }

  @Override
  public synchronized Handle every(Duration period, Runnable task) {
    periodic.add(new Periodic(period, task));
    return () -> {};
  }

  @Override
  public Handle background(String name, Runnable task) {
    Thread thread = Thread.ofVirtual().name(name).start(task);
    return thread::interrupt;
  }

  @Override
  public void pauseFor(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    synchronized (this) {
      now += duration.toNanos();
    }
    Thread.yield();
  }

  /** Moves the clock and runs what became due. */
  void advance(Duration duration) {
    List<Due> ripe;
    synchronized (this) {
      now += duration.toNanos();
      ripe = due.stream().filter(entry -> entry.at() - now <= 0).toList();
      due.removeAll(ripe);
    }
    ripe.forEach(entry -> entry.task().run());
  }

  /** Runs the tasks of every second once. */
  void tick() {
    tick(Duration.ofSeconds(1));
  }

  /** Runs the tasks of a period once. */
  void tick(Duration period) {
    List<Periodic> tasks;
    synchronized (this) {
      tasks = periodic.stream().filter(each -> each.period().equals(period)).toList();
    }
    tasks.forEach(each -> each.task().run());
  }

  @Override
  public void close() {}
}
