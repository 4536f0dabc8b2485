package org.turnout.proxy.postgres;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.proxy.postgres.SessionState.Obstacle;

/**
 * A session's connection to the side that is not primary, and how the session's state gets there.
 *
 * <pre>
 * none ─connect─▶ connected ─bring state─▶ ready ─flip─▶ it is the primary's link; none
 *                     ▲                      │
 *                     └── the client goes on ┘
 * </pre>
 *
 * What was brought is remembered, so that the next time only the difference is. Rule: ready means
 * that nothing of the client went to the primary since. Confined to the session's event loop.
 */
final class SessionMove {
  private static final Logger LOG = LoggerFactory.getLogger(SessionMove.class);

  /** How long the databases may take outside of a pause. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final PostgresSession session;
  private final Client client;
  private final BackendConnector connector;
  private final SessionWords words;
  private @Nullable CompletableFuture<BackendLink> connecting;
  private @Nullable BackendLink link;
  private SessionState brought;
  private boolean ready;

  /** Whether {@link #brought} is all there is to bring, the unnamed statement apart. */
  private boolean complete;

  private int attempts;

  /** How often something of the client went to the primary, and how often it had when asked. */
  private long passages;

  private long asked;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  SessionMove(
      PostgresSession session, Client client, BackendConnector connector, SessionWords words) {
    this.words = words;
    this.session = session;
    this.client = client;
    this.connector = connector;
    this.brought = SessionState.initial(client.user());
  }

  /** Something of the client goes to the primary. */
  void stale() {
    passages++;
    ready = false;
    complete = false;
  }

  /**
   * Connects to the other side and brings there what the session has by now, if it may be asked.
   */
  CompletableFuture<Void> connectAhead() {
    return connect()
        .thenCompose(
            other ->
                session.mayBeBorrowed()
                    ? prepareReads().<Void>handle((state, failure) -> null)
                    : CompletableFuture.<Void>completedFuture(null))
        .handle(
            (nothing, failure) -> {
              if (failure != null && !session.isEnded()) {
                throw new CompletionException(
                    "session "
                        + session.number()
                        + " of "
                        + client.address()
                        + ": "
                        + reason(failure),
                    failure);
              }
              return null;
            });
  }

  /** Brings the state of the session, which stands at its boundary, to the other side. */
  CompletableFuture<Optional<Traffic.Immovable>> move(Duration limit) {
    return within(limit, serially(this::moveNow))
        .exceptionally(failure -> immovable(reason(failure), "see whether both databases answer"));
  }

  private CompletableFuture<Optional<Traffic.Immovable>> moveNow() {
    BackendLink open = link;
    if (complete && open != null && open.isOpen() && brought.obstacles().isEmpty()) {
      return bringUnnamed();
    }
    ready = false;
    CompletableFuture<BackendLink> connected = connect();
    return state()
        .thenCombine(connected, (state, other) -> state)
        .thenCompose(
            state -> {
              Optional<Traffic.Immovable> obstacle = obstacle(state);
              return obstacle.isPresent()
                  ? CompletableFuture.completedFuture(obstacle)
                  : bringAll(state);
            })
        .exceptionally(
            failure ->
                session.isEnded()
                    ? Optional.empty()
                    : immovable(reason(failure), "see the log of the databases; try again"));
  }

  /** The link that everything was brought to; from now on it is the session's own. */
  @Nullable BackendLink takeReady() {
    BackendLink taken = ready && link != null && link.isOpen() ? link : null;
    if (taken != null) {
      reset();
    }
    return taken;
  }

  /** Closes the connection to the other side. */
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

  /** The connection to the other side, while it is there and nobody talks on it. */
  @Nullable BackendLink idleLink() {
    BackendLink open = link;
    boolean idle =
        open != null && open.isOpen() && open.conversation().isResting() && !session.isReading();
    return idle ? open : null;
  }

  /** Whether the primary's backend has something that the other side cannot have. */
  boolean hasObstacle() {
    return !brought.obstacles().isEmpty();
  }

  /** Whether the other side has a prepared statement of this name. */
  boolean knows(String statement) {
    return brought.statements().containsKey(statement);
  }

  /** A statement was parsed on the other side by the way. */
  void brought(Parse statement) {
    brought = brought.with(statement);
  }

  /** Brings to the other side, to which a connection stands, what its reads depend on. */
  CompletableFuture<SessionState> prepareReads() {
    return within(PATIENCE, serially(this::prepareNow));
  }

  /**
   * A database that does not answer is not waited for. What waits for the other side ends with the
   * connection to it; what waits for the primary goes on when that answers, as its client does.
   */
  private <T> CompletableFuture<T> within(Duration limit, CompletableFuture<T> step) {
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
    boolean primaryIsSilent = session.isBorrowed();
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

  /** One at a time: each begins with what the one before has brought. */
  private <T> CompletableFuture<T> serially(Supplier<CompletableFuture<T>> step) {
    CompletableFuture<T> done =
        last.handle((result, failure) -> result).thenCompose(before -> step.get());
    last = done;
    return done;
  }

  private CompletableFuture<SessionState> prepareNow() {
    return state()
        .thenCompose(
            state ->
                bring(state)
                    .thenApply(
                        refused -> {
                          refused.ifPresent(
                              why -> {
                                throw new IllegalStateException(why);
                              });
                          return state;
                        }));
  }

  /** Cuts a connection to the other side that does not answer. */
  void abandon(BackendLink failed) {
    failed.receiver(failed.conversation());
    reset();
    failed.abort();
  }

  private void reset() {
    link = null;
    connecting = null;
    ready = false;
    complete = false;
    brought = SessionState.initial(client.user());
  }

  /** The connection to the other side, which is made if it is not there. */
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
    connector
        .connect(
            session.lane().loop(),
            side,
            client.startup(),
            client.credentials(),
            session::asynchronous)
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
    if (which == link) {
      LOG.debug("session {}: lost the other side", session.number(), cause);
      reset();
    }
  }

  private CompletableFuture<SessionState> state() {
    return session.borrow(
        primary -> {
          asked = passages;
          return StateQuestion.ask(primary, words.settingNames().names());
        });
  }

  private CompletableFuture<Optional<String>> bring(SessionState state) {
    BackendLink to = idleLink();
    if (to == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("no other side to move to"));
    }
    SessionState before = brought;
    return StateReplay.run(to, client.user(), before, state)
        .whenComplete(
            (refused, failure) -> {
              if (to == link && refused != null && refused.isEmpty()) {
                brought = state;
                complete = asked == passages;
              } else if (to == link) {
                // What of it is there cannot be known: start again next time.
                forget();
              }
            });
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringAll(SessionState state) {
    return bring(state)
        .thenCompose(
            refused -> {
              if (refused.isPresent()) {
                return CompletableFuture.completedFuture(
                    immovable(refused.get(), "make it valid on the other side"));
              }
              return bringUnnamed();
            });
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringUnnamed() {
    BackendLink to = link;
    Parse statement = words.unnamed().get();
    if (to == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("the other side is gone"));
    }
    List<FrontendMessage> messages = new ArrayList<>();
    if (statement != null) {
      messages.add(statement);
      messages.add(FrontendSignal.SYNC);
    }
    // An error is not looked at: the statement may have been refused by the primary as well.
    return Exchange.run(to, messages, statement == null ? 0 : 1)
        .thenApply(
            answers -> {
              ready = asked == passages;
              return Optional.empty();
            });
  }

  private Optional<Traffic.Immovable> obstacle(SessionState state) {
    if (!state.obstacles().isEmpty()) {
      Obstacle first = state.obstacles().getFirst();
      return immovable(first.kind().word() + " " + first.name(), first.kind().advice());
    }
    BackendLink old = session.primary();
    if (!state.isAscii() && (old == null || !old.speaksUnicode())) {
      return immovable("state in another character set than UTF-8", "let the client disconnect");
    }
    return Optional.empty();
  }

  /** What a replication connection is answered: its position means nothing on the other side. */
  Optional<Traffic.Immovable> replication() {
    return immovable("replication connection", "stop it, start it on the new primary");
  }

  private Optional<Traffic.Immovable> immovable(String reason, String advice) {
    return Optional.of(new Traffic.Immovable(session.identity().view(), reason, advice));
  }

  private static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause.getMessage());
  }
}
