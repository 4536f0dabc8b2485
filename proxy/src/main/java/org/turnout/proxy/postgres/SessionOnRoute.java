package org.turnout.proxy.postgres;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.proxy.session.Session;

/**
 * A session as its route sees it: what the steps of a change of primary ask of it. Confined to the
 * session's event loop, except {@link #view}.
 */
final class SessionOnRoute implements Session {
  private static final Logger LOG = LoggerFactory.getLogger(SessionOnRoute.class);

  private final PostgresSession session;
  private final OtherSide other;
  private final SessionMove move;
  private final SecondaryReads reads;
  private final boolean plain;

  /**
   * @param plain whether it is a replication connection, which has nothing that could be moved
   */
  SessionOnRoute(
      PostgresSession session,
      OtherSide other,
      SessionMove move,
      SecondaryReads reads,
      boolean plain) {
    this.session = session;
    this.other = other;
    this.move = move;
    this.reads = reads;
    this.plain = plain;
  }

  @Override
  public Traffic.SessionView view() {
    return session.identity().view();
  }

  @Override
  public CompletableFuture<Void> connectAhead() {
    if (!session.isServing() || plain) {
      return CompletableFuture.completedFuture(null);
    }
    return other
        .connect()
        .thenCompose(
            link ->
                session.mayBeBorrowed()
                    ? move.prepareReads().<Void>handle((nothing, failure) -> null)
                    : CompletableFuture.<Void>completedFuture(null))
        .handle(
            (nothing, failure) -> {
              if (failure != null && !session.isEnded()) {
                throw notConnected(failure);
              }
              return null;
            });
  }

  private CompletionException notConnected(Throwable failure) {
    return new CompletionException(
        "session "
            + session.number()
            + " of "
            + session.identity().client().address()
            + ": "
            + SessionMove.reason(failure),
        failure);
  }

  @Override
  public CompletableFuture<Optional<Traffic.Immovable>> move(Duration limit) {
    if (!session.isServing()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return plain ? CompletableFuture.completedFuture(replication()) : move.move(limit);
  }

  /** What a replication connection is answered: its position means nothing on the other side. */
  private Optional<Traffic.Immovable> replication() {
    return Optional.of(
        new Traffic.Immovable(
            view(), "replication connection", "stop it, start it on the new primary"));
  }

  @Override
  public void flip(Side next) {
    if (session.isEnded() || session.primary() == null || session.side() == next) {
      return;
    }
    if (session.ending().isLeaving()) {
      session.end(List.of());
      return;
    }
    BackendLink fresh = move.takeReady();
    if (fresh != null) {
      session.flip(fresh, next);
      return;
    }
    LOG.error(
        "session {} of {} could not be moved: it is ended",
        session.number(),
        session.identity().client().address());
    shutDown();
  }

  @Override
  public void forgetAhead() {
    if (!reads.areOn() && !session.isReading()) {
      other.forget();
    }
  }

  @Override
  public void endIfIdle(Duration limit) {
    if (!plain && session.identity().activity().isIdleSince(System.nanoTime() - limit.toNanos())) {
      session.end(LastWords.idle());
    }
  }

  @Override
  public void shutDown() {
    session.end(LastWords.shutDown());
  }
}
