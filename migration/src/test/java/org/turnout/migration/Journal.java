package org.turnout.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** What was called in which order, and what is to fail or to block. */
final class Journal {
  private final List<String> calls = new ArrayList<>();
  private final Map<String, Exception> failures = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> reached = new ConcurrentHashMap<>();

  synchronized void note(String call) {
    calls.add(call);
    reached.computeIfAbsent(call, each -> new CountDownLatch(1)).countDown();
  }

  /** Notes a call and says how it is to fail, if it is. */
  Optional<Exception> step(String call) {
    note(call);
    return Optional.ofNullable(failures.get(call));
  }

  void fail(String call, Exception failure) {
    failures.put(call, failure);
  }

  void heal() {
    failures.clear();
  }

  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  synchronized void clear() {
    calls.clear();
    reached.clear();
  }

  /** Waits until something has been called. */
  void await(String call) throws InterruptedException {
    CountDownLatch latch;
    synchronized (this) {
      latch = reached.computeIfAbsent(call, each -> new CountDownLatch(1));
    }
    latch.await();
  }
}
