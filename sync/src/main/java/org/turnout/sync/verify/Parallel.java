package org.turnout.sync.verify;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.turnout.sync.SyncException;

/**
 * Runs blocking work side by side, each on a virtual thread; how much of it really runs at once is
 * bounded by the connections it waits for. When one fails, or the caller is interrupted, the others
 * are interrupted and awaited.
 */
final class Parallel {
  private Parallel() {}

  /** All results, in the order of the work. */
  static <T> List<T> all(List<? extends Callable<T>> work)
      throws SyncException, InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletionService<T> completion = new ExecutorCompletionService<>(threads);
      List<Future<T>> futures = new ArrayList<>();
      work.forEach(each -> futures.add(completion.submit(each)));
      try {
        for (int i = 0; i < futures.size(); i++) {
          completion.take().get();
        }
        return futures.stream().map(Future::resultNow).toList();
      } catch (ExecutionException e) {
        throw cause(e);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /**
   * The result of work that must end in time.
   *
   * @throws TimeoutException when it did not; it was interrupted and has ended
   */
  static <T> T within(Duration limit, Callable<T> work)
      throws SyncException, InterruptedException, TimeoutException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        return threads.submit(work).get(limit.toNanos(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw cause(e);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static SyncException cause(ExecutionException failure) throws InterruptedException {
    return switch (failure.getCause()) {
      case SyncException e -> e;
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> new SyncException("A comparison failed", failure);
    };
  }
}
