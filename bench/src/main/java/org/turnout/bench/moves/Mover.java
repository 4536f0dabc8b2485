package org.turnout.bench.moves;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.Traffic;
import org.turnout.sync.Standing;

/**
 * Moves the sessions of a route in the order of a change of primary: connect ahead, pause, drain,
 * move, flip, resume. A pause has its deadline, and what cannot be moved keeps all where they are,
 * as there. One thread.
 */
final class Mover {
  private static final Logger LOG = LoggerFactory.getLogger(Mover.class);

  /** How long the databases may take while nobody is held. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Traffic traffic;
  private final Duration maxPause;
  private final MoveTally tally;
  private Standing standing = Standing.INITIAL;

  Mover(Traffic traffic, Duration maxPause, MoveTally tally) {
    this.traffic = traffic;
    this.maxPause = maxPause;
    this.tally = tally;
  }

  /** One attempt; whatever comes of it is counted, and the sessions go on. */
  void move() throws InterruptedException, ExecutionException {
    if (traffic.sessions().isEmpty()) {
      return;
    }
    boolean flipping = false;
    String late = MoveTally.NOT_CONNECTED;
    try {
      if (!connected()) {
        tally.late(MoveTally.NOT_CONNECTED);
        return;
      }
      late = MoveTally.AWAY;
      within(maxPause, traffic.pause());
      late = MoveTally.NOT_MOVED;
      List<Traffic.Immovable> immovable = within(PATIENCE, traffic.moveSessions(maxPause));
      if (immovable.isEmpty()) {
        int sessions = traffic.sessions().size();
        standing = new Standing(standing.epoch().next(), standing.primary().other());
        late = MoveTally.NOT_FLIPPED;
        // Once it has begun, the connections ahead are those of the sessions, however late.
        flipping = true;
        within(PATIENCE, traffic.flip(standing));
        tally.moved(sessions);
      } else {
        tally.refused(immovable);
      }
    } catch (TimeoutException over) {
      tally.late(late);
    } finally {
      traffic.resume();
      if (!flipping) {
        traffic.forgetAhead();
      }
    }
  }

  /** A session may not be let in again, whose role was dropped for example; a cutover says so. */
  private boolean connected() throws InterruptedException, TimeoutException {
    try {
      within(PATIENCE, traffic.connectAhead());
      return true;
    } catch (ExecutionException refused) {
      LOG.info("a session could not be connected: {}", refused.getMessage());
      return false;
    }
  }

  private static <T> T within(Duration limit, CompletableFuture<T> step)
      throws InterruptedException, ExecutionException, TimeoutException {
    return step.get(limit.toMillis(), TimeUnit.MILLISECONDS);
  }
}
