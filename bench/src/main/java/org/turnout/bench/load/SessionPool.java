package org.turnout.bench.load;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of one target that run one kind of operation.
 *
 * <p>The closed loop lets each begin the next operation as soon as its last is answered: how much
 * goes through. The open loop begins operations at moments that are fixed beforehand, on whichever
 * session is free, and counts from that moment: a target that stalls pays for all that had to wait
 * (no coordinated omission). Blocking methods belong to the measuring thread; the state of a run is
 * confined to the event loop.
 */
public final class SessionPool implements AutoCloseable, WireSession.Listener {
  private final Generator generator;
  private final Operation operation;
  private final List<WireSession> sessions = new ArrayList<>();
  private @Nullable Run run;
  private @Nullable LoadException failure;

  SessionPool(Generator generator, Operation operation) {
    this.generator = generator;
    this.operation = operation;
  }

  /** Who is told that a session is free again. */
  private interface Run {
    void free(WireSession session);

    CompletableFuture<?> outcome();
  }

  void add(WireSession session) {
    sessions.add(session);
  }

  public int size() {
    return sessions.size();
  }

  /** How the sessions are encrypted: version and cipher suite; empty in plain text. */
  public Optional<String> encryption() {
    return sessions.getFirst().encryption();
  }

  /** Runs what each session has to do once. */
  void prepare() throws LoadException, InterruptedException {
    for (Step step : operation.prepare()) {
      Generator.await(begin(new Once(sessions.size()), once -> sessions.forEach(s -> s.run(step))));
    }
  }

  /** Each session begins again as soon as it is answered, for this time. */
  public Sample closedLoop(Duration time) throws LoadException, InterruptedException {
    Closed closed = new Closed(time.toNanos());
    return Generator.await(begin(closed, Closed::start), time.plus(Duration.ofSeconds(60)));
  }

  /** Each session runs its operation once, however long it takes up to this. */
  public void once(Duration patience) throws LoadException, InterruptedException {
    Generator.await(begin(new Closed(0), Closed::start), patience);
  }

  /** Operations are due at this rate, for this time. */
  public Sample openLoop(double perSecond, Duration time)
      throws LoadException, InterruptedException {
    Open open = new Open(perSecond, time.toNanos());
    return Generator.await(begin(open, Open::start), time.plus(Duration.ofSeconds(60)));
  }

  private <T, R extends Run> CompletableFuture<T> begin(
      R next, java.util.function.Consumer<R> start) {
    @SuppressWarnings("unchecked")
    CompletableFuture<T> outcome = (CompletableFuture<T>) next.outcome();
    generator
        .loop()
        .execute(
            () -> {
              run = next;
              if (failure != null) {
                outcome.completeExceptionally(failure);
              } else {
                start.accept(next);
              }
            });
    return outcome;
  }

  @Override
  public void done(WireSession session) {
    Run current = run;
    if (current != null) {
      current.free(session);
    }
  }

  @Override
  public void failed(WireSession session, LoadException why) {
    failure = why;
    Run current = run;
    if (current != null) {
      current.outcome().completeExceptionally(why);
    }
  }

  /** Ends all sessions; returns when the other end has closed their connections. */
  public void end() throws LoadException, InterruptedException {
    close();
    for (WireSession session : sessions) {
      Generator.await(session.closed());
    }
  }

  @Override
  public void close() {
    generator.loop().execute(() -> sessions.forEach(WireSession::close));
  }

  /** Every session does something once. */
  private static final class Once implements Run {
    private final CompletableFuture<Object> outcome = new CompletableFuture<>();
    private int left;

    Once(int sessions) {
      left = sessions;
    }

    @Override
    public void free(WireSession session) {
      if (--left == 0) {
        outcome.complete("done");
      }
    }

    @Override
    public CompletableFuture<Object> outcome() {
      return outcome;
    }
  }

  private final class Closed implements Run {
    private final CompletableFuture<Sample> outcome = new CompletableFuture<>();
    private final Histogram latencies = Sample.histogram();
    private final long time;
    private long start;
    private int working;

    Closed(long time) {
      this.time = time;
    }

    void start() {
      start = System.nanoTime();
      working = sessions.size();
      sessions.forEach(
          session -> {
            session.began(start);
            session.run(operation);
          });
    }

    @Override
    public void free(WireSession session) {
      long now = System.nanoTime();
      Sample.record(latencies, now - session.began());
      if (now - start < time) {
        session.began(now);
        session.run(operation);
      } else if (--working == 0) {
        outcome.complete(new Sample(latencies.getTotalCount(), now - start, latencies));
      }
    }

    @Override
    public CompletableFuture<Sample> outcome() {
      return outcome;
    }
  }

  private final class Open implements Run {
    private final CompletableFuture<Sample> outcome = new CompletableFuture<>();
    private final Histogram latencies = Sample.histogram();
    private final Deque<WireSession> free = new ArrayDeque<>();
    private final double interval;
    private final long count;
    private long start;
    private long begun;

    Open(double perSecond, long time) {
      interval = 1e9 / perSecond;
      count = Math.max(1, (long) (time / interval));
    }

    void start() {
      start = System.nanoTime();
      free.addAll(sessions);
      tick();
    }

    private long due(long number) {
      return start + (long) (number * interval);
    }

    /** Begins what is due as far as sessions are free, and comes back when the next one is due. */
    private void tick() {
      beginDue();
      if (begun < count && !outcome.isDone()) {
        long wait = Math.max(0, due(begun) - System.nanoTime());
        if (!free.isEmpty()) {
          generator.loop().schedule(this::tick, wait, TimeUnit.NANOSECONDS);
        }
      }
    }

    private void beginDue() {
      while (begun < count && !free.isEmpty() && due(begun) <= System.nanoTime()) {
        WireSession session = free.poll();
        session.began(due(begun++));
        session.run(operation);
      }
    }

    @Override
    public void free(WireSession session) {
      long now = System.nanoTime();
      Sample.record(latencies, now - session.began());
      boolean none = free.isEmpty();
      free.add(session);
      if (begun == count && free.size() == sessions.size()) {
        outcome.complete(new Sample(latencies.getTotalCount(), now - start, latencies));
      } else if (none) {
        tick();
      }
    }

    @Override
    public CompletableFuture<Sample> outcome() {
      return outcome;
    }
  }
}
