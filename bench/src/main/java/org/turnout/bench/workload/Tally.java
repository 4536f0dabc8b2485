package org.turnout.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What the clients have counted; safe for any thread. */
public final class Tally {
  private static final int SAMPLES = 20;

  private final LongAdder requests = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final LongAdder acknowledgedWrites = new LongAdder();
  private final LongAdder staleReads = new LongAdder();
  private final LongAdder invariantBroken = new LongAdder();
  private final List<String> samples = new ArrayList<>();

  void request() {
    requests.increment();
  }

  void reconnected() {
    reconnects.increment();
  }

  void acknowledged() {
    acknowledgedWrites.increment();
  }

  void error(String description) {
    errors.increment();
    sample("error: " + description);
  }

  void stale(String description) {
    staleReads.increment();
    sample("stale read: " + description);
  }

  void broken(String description) {
    invariantBroken.increment();
    sample("invariant broken: " + description);
  }

  private void sample(String description) {
    synchronized (samples) {
      if (samples.size() < SAMPLES) {
        samples.add(description);
      }
    }
  }

  /** Round trips that the clients asked for: statements, batches, commits, rollbacks, connects. */
  public long requests() {
    return requests.sum();
  }

  /** Requests that failed for another reason than an announced outage. */
  public long errors() {
    return errors.sum();
  }

  /** Sessions opened again after an announced outage had cut them. */
  public long reconnects() {
    return reconnects.sum();
  }

  /** Writes whose commit was confirmed to a client. */
  public long acknowledgedWrites() {
    return acknowledgedWrites.sum();
  }

  /** Reads that did not see the session's own writes, or went back in time. */
  public long staleReads() {
    return staleReads.sum();
  }

  /** Reads that saw a state which no committed transaction has left. */
  public long invariantBroken() {
    return invariantBroken.sum();
  }

  /** The first things that went wrong, in words. */
  public List<String> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }
}
