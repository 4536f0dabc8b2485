package org.turnout.migration;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ControlTimer} on the system's clock: one thread counts the time and hands each task that
 * is due to a virtual thread, so that a blocked database call never delays a deadline.
 */
final class SystemTimer implements ControlTimer {
  private static final Logger log = LoggerFactory.getLogger(SystemTimer.class);

  private final ScheduledThreadPoolExecutor clock;
  private final CountDownLatch closed = new CountDownLatch(1);

  SystemTimer() {
    clock =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("turnout-timer").factory());
    clock.setRemoveOnCancelPolicy(true);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Handle after(Duration delay, Runnable task) {
    ScheduledFuture<?> scheduled =
        clock.schedule(
            () -> start("turnout-deadline", task), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  @Override
  public Handle every(Duration period, Runnable task) {
    AtomicBoolean busy = new AtomicBoolean();
    ScheduledFuture<?> scheduled =
        clock.scheduleWithFixedDelay(
            () -> startUnlessBusy(busy, task),
            period.toNanos(),
            period.toNanos(),
            TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  private static void startUnlessBusy(AtomicBoolean busy, Runnable task) {
    if (busy.compareAndSet(false, true)) {
      start(
          "turnout-tick",
          () -> {
            try {
              task.run();
            } finally {
              busy.set(false);
            }
          });
    }
  }

  @Override
  public Handle background(String name, Runnable task) {
    Thread thread = start(name, task);
    return thread::interrupt;
  }

  private static Thread start(String name, Runnable task) {
    return Thread.ofVirtual()
        .name(name)
        .uncaughtExceptionHandler(
            (thread, failure) -> log.error("{} ended by a bug", thread.getName(), failure))
        .start(task);
  }

  @Override
  public void pauseFor(Duration duration) throws InterruptedException {
    if (closed.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("the timer was closed");
    }
  }

  @Override
  public void close() {
    closed.countDown();
    clock.shutdownNow();
  }
}
