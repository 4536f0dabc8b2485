package org.turnout.migration;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.RouteController.Opened;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;

/**
 * Brings a route to its clients after a start: finds out which side is primary and whether it lets
 * Turnout in, and only then listens; as long as that is not so it refuses clients, if it is to, and
 * asks again. A finished route asks nobody which side it is: its state file is the authority.
 */
final class Opening {
  private static final Logger log = LoggerFactory.getLogger(Opening.class);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final RouteParts route;

  Opening(RouteParts route) {
    this.route = route;
  }

  Opened open() throws IOException {
    route.commands.lock();
    try {
      route.memory.load();
      return settleAndServe();
    } finally {
      route.commands.unlock();
      route.listeners.changed();
    }
  }

  /** Tells clients the reason until they can be served; asks again in the background. */
  void refuseUntilServed() throws IOException {
    route.commands.lock();
    try {
      String reason = route.refusing.orElseThrow();
      log.error("{}: clients are refused: {}", route.config.name(), reason);
      join(route.traffic.refuse(reason));
      route.timer.background("turnout-settle", this::settleUntilKnown);
    } finally {
      route.commands.unlock();
    }
  }

  private Opened settleAndServe() throws IOException {
    RouteMemory last = route.memory.now();
    try {
      if (!last.finished() && !last.removing()) {
        Standing settled = route.engine.settle(last.standing()).standing();
        route
            .memory
            .follow(known -> known.standing(settled))
            .ifPresent(failure -> log.warn("state file: {}", Findings.sentence(failure)));
      }
    } catch (SyncException unknown) {
      return refusing("it cannot be known which side is primary: " + Findings.sentence(unknown));
    } catch (RuntimeException bug) {
      log.error("{}: a bug kept the primary from being known", route.config.name(), bug);
      return refusing("a bug: " + Findings.sentence(bug));
    }
    Standing standing = route.memory.now().standing();
    try {
      // Whoever connects is to find a database behind the address.
      route.engine.catalogue(standing.primary()).requireAccess();
    } catch (SyncException closed) {
      return refusing("its primary does not let Turnout in: " + Findings.sentence(closed));
    }
    route.applyReads();
    join(route.traffic.open(standing));
    route.refusing = Optional.empty();
    log.info(
        "{}: {} is primary at epoch {}",
        route.config.name(),
        standing.primary().word(),
        standing.epoch());
    route.keeper.wake();
    return new Opened.Serving(standing);
  }

  private Opened refusing(String reason) {
    route.refusing = Optional.of(reason);
    return new Opened.Refusing(reason);
  }

  private void settleUntilKnown() {
    boolean serving = false;
    while (!serving && !route.closed) {
      try {
        route.timer.pauseFor(ASK_AGAIN);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
      route.commands.lock();
      try {
        serving = route.closed || settleAndServe() instanceof Opened.Serving;
      } catch (IOException | RuntimeException failure) {
        log.error("{} cannot be opened: {}", route.config.name(), Findings.sentence(failure));
      } finally {
        route.commands.unlock();
      }
      route.listeners.changed();
    }
  }

  private static void join(CompletableFuture<Void> done) throws IOException {
    try {
      done.join();
    } catch (CompletionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw cause instanceof IOException io ? io : new IOException(Findings.sentence(cause), cause);
    }
  }
}
