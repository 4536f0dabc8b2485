package org.turnout.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.turnout.config.Side;
import org.turnout.sync.Standing;

/** A data plane with one session, whose answers a test sets beforehand. */
final class FakeTraffic implements Traffic {
  final Journal journal;
  final List<String> refusals = new CopyOnWriteArrayList<>();
  volatile Optional<Standing> serving = Optional.empty();
  volatile boolean gateOpen = true;
  volatile double weight = -1;
  volatile boolean drains = true;
  volatile boolean atBoundary = true;
  volatile List<Immovable> immovable = List.of();
  volatile Optional<RuntimeException> bug = Optional.empty();
  volatile boolean namesNobody;
  private volatile CompletableFuture<Void> drained = new CompletableFuture<>();

  FakeTraffic(Journal journal) {
    this.journal = journal;
  }

  SessionView session() {
    return new SessionView(
        7,
        "10.0.0.9:5555",
        "alice",
        "shop",
        "till",
        atBoundary ? "idle" : "in transaction",
        Side.BLUE,
        atBoundary,
        12_345);
  }

  private CompletableFuture<Void> done(String step) {
    return journal
        .step(step)
        .<CompletableFuture<Void>>map(CompletableFuture::failedFuture)
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  @Override
  public CompletableFuture<Void> open(Standing standing) {
    serving = Optional.of(standing);
    CompletableFuture<Void> opened = done("open");
    if (opened.isCompletedExceptionally()) {
      serving = Optional.empty();
    }
    return opened;
  }

  @Override
  public CompletableFuture<Void> refuse(String reason) {
    refusals.add(reason);
    return done("refuse");
  }

  @Override
  public void readWeight(double percent) {
    weight = percent;
  }

  @Override
  public CompletableFuture<Void> pause() {
    gateOpen = false;
    CompletableFuture<Void> closing = done("pause");
    drained = closing.isCompletedExceptionally() || drains ? closing : new CompletableFuture<>();
    return drained;
  }

  @Override
  public void resume() {
    journal.note("resume");
    gateOpen = true;
    drained.cancel(false);
  }

  @Override
  public CompletableFuture<Void> connectAhead() {
    return done("connectAhead");
  }

  @Override
  public CompletableFuture<List<Immovable>> moveSessions(Duration limit) {
    bug.ifPresent(
        thrown -> {
          throw thrown;
        });
    return done("moveSessions").thenApply(done -> immovable);
  }

  @Override
  public CompletableFuture<Void> flip(Standing standing) {
    serving = Optional.of(standing);
    return done("flip");
  }

  @Override
  public void forgetAhead() {
    journal.note("forgetAhead");
  }

  @Override
  public List<SessionView> sessions() {
    if (namesNobody) {
      throw new IllegalStateException("a bug");
    }
    return new ArrayList<>(List.of(session()));
  }

  @Override
  public Figures figures() {
    return new Figures(1, atBoundary ? 0 : 1, 1, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public CompletableFuture<Void> close() {
    return done("close");
  }
}
