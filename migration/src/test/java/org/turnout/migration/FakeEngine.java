package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.turnout.config.Side;
import org.turnout.sync.Finding;
import org.turnout.sync.Freshness;
import org.turnout.sync.Settled;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.Standing;
import org.turnout.sync.Switchover;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;
import org.turnout.sync.VerificationProgress;

/**
 * Two databases in memory, as far as the migration sees them: a decision record and a sync that
 * runs or does not.
 */
final class FakeEngine implements SyncEngine {
  static final Verification CLEAN = new Verification(true, 3, 100, 0, List.of(), 5);
  static final Verification DIFFERENT =
      new Verification(
          true,
          3,
          100,
          1,
          List.of(
              new Verification.Difference(
                  "public.orders", "id=4", Verification.Kind.DIFFERENT, List.of("total"))),
          5);

  final Journal journal;
  final Queue<Supplier<Standing>> answers = new ArrayDeque<>();
  volatile Standing recorded = Standing.INITIAL;
  volatile SyncStatus.State running = SyncStatus.State.OFF;
  volatile List<Finding> findings = List.of();
  volatile List<Finding> left = List.of();
  volatile Verification compared = CLEAN;
  volatile Verification comparedInPause = CLEAN;
  volatile boolean fresh;
  volatile Duration markerTakes = Duration.ZERO;
  volatile int slowMarkers;
  final Queue<Duration> comparisonsTake = new ArrayDeque<>();
  volatile Consumer<Duration> passes = time -> {};

  /** What comes before {@link #marker}. */
  final Queue<CompletableFuture<Void>> markers = new ConcurrentLinkedQueue<>();

  volatile CompletableFuture<Void> marker = CompletableFuture.completedFuture(null);
  volatile boolean fenceWaitsForAbort;

  FakeEngine(Journal journal) {
    this.journal = journal;
  }

  private void step(String name) throws SyncException {
    Optional<Exception> failure = journal.step(name);
    if (failure.isPresent()) {
      switch (failure.get()) {
        case SyncException sync -> throw sync;
        case RuntimeException bug -> throw bug;
        default -> throw new AssertionError(failure.get());
      }
    }
  }

  @Override
  public Settled settle(Standing known) throws SyncException {
    step("settle");
    Supplier<Standing> answer = answers.poll();
    if (answer == null) {
      return new Settled(recorded, left);
    }
    try {
      return new Settled(answer.get(), left);
    } catch (IllegalStateException unknown) {
      throw new SyncException(unknown.getMessage());
    }
  }

  @Override
  public List<Finding> inspect() throws SyncException {
    step("inspect");
    return findings;
  }

  @Override
  public void start(Standing standing) throws SyncException {
    step("start");
    running = SyncStatus.State.FOLLOWING;
  }

  @Override
  public void halt() {
    journal.note("halt");
    running = SyncStatus.State.OFF;
  }

  @Override
  public void remove(boolean keepGreenRows) throws SyncException {
    step("remove " + (keepGreenRows ? "helpers" : "all"));
    running = SyncStatus.State.OFF;
    recorded = Standing.INITIAL;
  }

  @Override
  public SyncStatus status() {
    return new SyncStatus(
        running,
        Optional.empty(),
        List.of(),
        0,
        0,
        0,
        0,
        Optional.empty(),
        0,
        Optional.empty(),
        0,
        0,
        0);
  }

  @Override
  public Freshness freshness() {
    return new Freshness();
  }

  @Override
  public void sealFreshness() {
    journal.note("sealFreshness");
  }

  @Override
  public void keepFresh(boolean wanted) {
    fresh = wanted;
  }

  @Override
  public CompletableFuture<Void> marker() {
    journal.note("marker");
    if (slowMarkers > 0) {
      slowMarkers--;
      passes.accept(markerTakes);
    }
    CompletableFuture<Void> next = markers.poll();
    return next != null ? next : marker;
  }

  @Override
  public Verification verify(VerificationProgress progress) throws SyncException {
    step("verify");
    progress.rows(50, 100, 0);
    return compared;
  }

  @Override
  public Verification verifyChanged() throws SyncException {
    step("verifyChanged");
    Duration takes = comparisonsTake.poll();
    if (takes != null) {
      passes.accept(takes);
    }
    return compared;
  }

  @Override
  public Switchover prepareSwitchover(Standing standing) throws SyncException {
    step("prepare");
    return new FakeSwitchover(new Standing(standing.epoch().next(), standing.primary().other()));
  }

  @Override
  public SideCatalogue catalogue(Side side) {
    return new SideCatalogue() {
      @Override
      public void requireAccess() throws SyncException {
        step("access");
      }

      @Override
      public Optional<String> passwordVerifier(String role) {
        throw new UnsupportedOperationException();
      }

      @Override
      public ReadCatalogue readCatalogue() {
        throw new UnsupportedOperationException();
      }

      @Override
      public Map<String, Long> identifiers() {
        throw new UnsupportedOperationException();
      }
    };
  }

  @Override
  public void close() {
    journal.note("engine closed");
  }

  private final class FakeSwitchover implements Switchover {
    private final Standing target;
    private final CompletableFuture<Void> aborted = new CompletableFuture<>();

    FakeSwitchover(Standing target) {
      this.target = target;
    }

    @Override
    public Standing target() {
      return target;
    }

    @Override
    public void recordIntent(Duration deadline) throws SyncException {
      step("intent");
    }

    @Override
    public void fence(Duration lockTimeout) throws SyncException {
      step("fence");
      if (fenceWaitsForAbort) {
        aborted.join();
        throw new SyncException("the connection was closed");
      }
    }

    @Override
    public void catchUp(Duration timeout) throws SyncException {
      step("catchUp");
    }

    @Override
    public int advanceSequences(Duration timeout) throws SyncException {
      step("sequences");
      return 1;
    }

    @Override
    public Verification compareChanged(Duration timeout) throws SyncException {
      step("compareChanged");
      return comparedInPause;
    }

    @Override
    public void arm(Duration timeout) throws SyncException {
      step("arm");
    }

    @Override
    public void decide(Duration timeout) throws SyncException, InDoubtException {
      Optional<Exception> failure = journal.step("decide");
      if (failure.isPresent() && failure.get() instanceof InDoubtException doubt) {
        throw doubt;
      }
      if (failure.isPresent() && failure.get() instanceof SyncException sync) {
        throw sync;
      }
      recorded = target;
    }

    @Override
    public void complete() throws SyncException {
      step("complete");
    }

    @Override
    public void abort() {
      journal.note("abort");
      aborted.complete(null);
    }

    @Override
    public void discard() {
      journal.note("discard");
    }
  }
}
