package org.turnout.proxy.postgres;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;

/**
 * A session's connection to the side that is not primary.
 *
 * <pre>
 * none ─connect─▶ connecting ─▶ connected ─take─▶ it is the primary's link; none
 *   ▲                               │
 *   └──── lost, late, forgotten ────┘
 * </pre>
 *
 * Rule: who relies on what the other side knows is told each time that there is no connection any
 * more, since a new one knows nothing. What it knows is the matter of {@link SessionMove}. Confined
 * to the session's event loop.
 */
final class OtherSide {
  private static final Logger LOG = LoggerFactory.getLogger(OtherSide.class);

  private final PostgresSession session;
  private final Client client;
  private final Backends backends;
  private @Nullable CompletableFuture<BackendLink> connecting;
  private @Nullable BackendLink link;
  private Runnable whenGone = () -> {};
  private int attempts;

  OtherSide(PostgresSession session, Client client, Backends backends) {
    this.session = session;
    this.client = client;
    this.backends = backends;
  }

  /** Is told each time that nothing is known by the other side any more. */
  void whenGone(Runnable listener) {
    whenGone = listener;
  }

  /** The connection, which may have just broken. */
  @Nullable BackendLink link() {
    return link;
  }

  /** Whether a connection is there. */
  boolean isOpen() {
    return link != null && link.isOpen();
  }

  /** The connection, while it is there and nobody talks on it. */
  @Nullable BackendLink idleLink() {
    BackendLink open = link;
    boolean idle =
        open != null && open.isOpen() && open.conversation().isResting() && !session.isReading();
    return idle ? open : null;
  }

  /** Completes when nobody talks on the connection any more, as who ends a read's transaction. */
  CompletableFuture<Void> atRest() {
    BackendLink open = link;
    return open == null ? CompletableFuture.completedFuture(null) : open.conversation().rested();
  }

  // ---- to be connected

  /** The connection, which is made if it is not there. */
  CompletableFuture<BackendLink> connect() {
    BackendLink open = link;
    if (open != null && open.isOpen()) {
      return CompletableFuture.completedFuture(open);
    }
    CompletableFuture<BackendLink> pending = connecting;
    if (pending != null) {
      return pending;
    }
    reset();
    Side side = session.side().other();
    int number = ++attempts;
    CompletableFuture<BackendLink> settled = new CompletableFuture<>();
    connecting = settled;
    // Who waits may use the link: so it is ours before the waiters are told.
    backends
        .connect(
            session.lane().loop(),
            side,
            client.startup(),
            client.credentials(),
            session.news()::asynchronous)
        .whenComplete(
            (opened, failure) -> {
              connected(number, opened);
              if (opened != null) {
                settled.complete(opened);
              } else {
                settled.completeExceptionally(Objects.requireNonNull(failure));
              }
            });
    return settled;
  }

  private void connected(int attempt, @Nullable BackendLink opened) {
    if (connecting == null || attempt != attempts) {
      return;
    }
    connecting = null;
    if (opened != null && session.isEnded()) {
      opened.terminate();
    } else if (opened != null) {
      link = opened;
      opened.conversation().whenLost(cause -> lost(opened, cause));
    }
  }

  private void lost(BackendLink which, Throwable cause) {
    if (which != link) {
      return;
    }
    LOG.debug("session {}: lost the other side", session.number(), cause);
    if (session.isReading()) {
      session.backendGone(which, cause);
    } else {
      reset();
    }
  }

  // ---- to be without

  /** Hands the connection over, if it is there: it is the session's own from now on. */
  @Nullable BackendLink take() {
    BackendLink taken = isOpen() ? link : null;
    if (taken != null) {
      reset();
    }
    return taken;
  }

  /** Closes the connection. */
  void forget() {
    BackendLink closing = link;
    CompletableFuture<BackendLink> pending = connecting;
    reset();
    if (closing != null) {
      closing.retire();
    }
    if (pending != null) {
      pending.thenAccept(BackendLink::terminate);
    }
  }

  /** Cuts the connection, which does not answer. */
  void abandon(BackendLink failed) {
    failed.receiver(failed.conversation());
    reset();
    failed.abort();
  }

  private void reset() {
    link = null;
    connecting = null;
    whenGone.run();
  }

  /**
   * A database that does not answer is not waited for. What waits for the other side ends with the
   * connection to it; what waits for the primary goes on when that answers, as its client does.
   */
  <T> CompletableFuture<T> within(Duration limit, CompletableFuture<T> step) {
    CompletableFuture<T> limited = step.copy();
    ScheduledFuture<?> end =
        session
            .lane()
            .loop()
            .schedule(() -> late(limit, limited), limit.toNanos(), TimeUnit.NANOSECONDS);
    limited.whenComplete((result, failure) -> end.cancel(false));
    return limited;
  }

  private void late(Duration limit, CompletableFuture<?> waiting) {
    boolean primaryIsSilent = session.loan().isLent();
    Side silent = primaryIsSilent ? session.side() : session.side().other();
    String reason = silent.word() + " did not answer within " + limit.toMillis() + " ms";
    if (!waiting.completeExceptionally(new TimeoutException(reason)) || primaryIsSilent) {
      return;
    }
    BackendLink open = link;
    if (open == null) {
      forget();
    } else if (!session.isReading()) {
      abandon(open);
    }
  }
}
