package org.turnout.proxy.postgres;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.postgres.SessionState.Obstacle;
import org.turnout.proxy.postgres.StateGeneration.Mark;

/**
 * A session's connection to the side that is not primary, and how the session's state gets there.
 *
 * <pre>
 * none ─connect─▶ connected ─bring state─▶ ready ─flip─▶ it is the primary's link; none
 *                     ▲                      │
 *                     └── the client goes on ┘
 * </pre>
 *
 * What was brought is remembered, so that the next time only the difference is, and with it the
 * moment at which the primary was asked for it. Rule: what is there is believed only as far as the
 * {@link StateGeneration} of that moment is still the one of now. Confined to the session's event
 * loop.
 */
final class SessionMove {
  private static final Logger LOG = LoggerFactory.getLogger(SessionMove.class);

  /** How long the databases may take outside of a pause. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String FOREIGN_TEXT = "state in another character set than UTF-8";

  private final PostgresSession session;
  private final Client client;
  private final BackendConnector connector;
  private final SessionWords words;
  private @Nullable CompletableFuture<BackendLink> connecting;
  private @Nullable BackendLink link;
  private final StateGeneration generation;
  private Consumer<SessionState> whenBrought = state -> {};

  /** What the other side knows. */
  private SessionState brought;

  /** When the primary was asked for {@link #brought}; null when that is not all of what it said. */
  private @Nullable Mark broughtAt;

  /** The same, once the unnamed statement is there too. */
  private @Nullable Mark readyAt;

  private int attempts;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  SessionMove(
      PostgresSession session,
      Client client,
      BackendConnector connector,
      SessionWords words,
      StateGeneration generation) {
    this.words = words;
    this.generation = generation;
    this.session = session;
    this.client = client;
    this.connector = connector;
    this.brought = SessionState.initial(client.user());
  }

  /** Is told what the other side knows, each time that it knows all that the primary does. */
  void whenBrought(Consumer<SessionState> listener) {
    whenBrought = listener;
  }

  /**
   * Connects to the other side and brings there what the session has by now, if it may be asked.
   */
  CompletableFuture<Void> connectAhead() {
    return connect()
        .thenCompose(
            other ->
                session.mayBeBorrowed()
                    ? prepareReads().<Void>handle((nothing, failure) -> null)
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
    Mark known = broughtAt;
    boolean whole = brought.obstacles().isEmpty() && words.settingNames().areKnown();
    boolean there = open != null && open.isOpen() && whole;
    if (there && known != null && known.isLatest()) {
      return bringUnnamed(known);
    }
    readyAt = null;
    CompletableFuture<BackendLink> connected = connect();
    return state()
        .thenCombine(connected, (state, other) -> state)
        .thenCompose(
            asked -> {
              Optional<Traffic.Immovable> obstacle = obstacle(asked.state());
              return obstacle.isPresent()
                  ? CompletableFuture.completedFuture(obstacle)
                  : bringAll(asked);
            })
        .exceptionally(
            failure ->
                session.isEnded()
                    ? Optional.empty()
                    : immovable(reason(failure), "see the log of the databases; try again"));
  }

  /** The link that everything was brought to; from now on it is the session's own. */
  @Nullable BackendLink takeReady() {
    Mark at = readyAt;
    boolean ready = at != null && at.isLatest();
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
    return !brought.obstacles().isEmpty() || !words.settingNames().areKnown();
  }

  /** Whether the other side knows all that reads depend on, named statements apart. */
  boolean isCurrent() {
    Mark known = broughtAt;
    return known != null && known.holds();
  }

  /** Whether a transaction that names no level sees at each statement what is committed then. */
  boolean readsCommitted() {
    return brought.readsCommitted();
  }

  /** A statement was parsed on the other side by the way. */
  void brought(ParseFrame statement) {
    brought = brought.with(statement.decode());
  }

  /** Statements that were to be parsed on the other side by the way may not be there. */
  void refused(Collection<String> statements) {
    if (!statements.isEmpty()) {
      brought = brought.without(statements);
      broughtAt = null;
    }
  }

  /** Brings to the other side, to which a connection stands, what its reads depend on. */
  CompletableFuture<Void> prepareReads() {
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

  private CompletableFuture<Void> prepareNow() {
    return state()
        .thenCompose(
            asked ->
                isClear(asked.state())
                    ? bring(asked)
                    : CompletableFuture.completedFuture(Optional.of(FOREIGN_TEXT)))
        .thenAccept(
            refused ->
                refused.ifPresent(
                    why -> {
                      throw new IllegalStateException(why);
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
    broughtAt = null;
    readyAt = null;
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

  /** The state that the primary told, and when it was asked. */
  private record Asked(SessionState state, Mark at) {}

  private CompletableFuture<Asked> state() {
    return session.borrow(
        primary -> {
          Mark now = generation.mark();
          return StateQuestion.ask(primary, words.settingNames().names())
              .thenApply(state -> new Asked(state, now));
        });
  }

  private CompletableFuture<Optional<String>> bring(Asked asked) {
    BackendLink to = idleLink();
    if (to == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("no other side to move to"));
    }
    SessionState before = brought;
    broughtAt = null;
    return StateReplay.run(to, client.user(), before, asked.state())
        .whenComplete(
            (refused, failure) -> {
              if (to == link && refused != null && refused.isEmpty()) {
                brought(asked);
              } else if (to == link) {
                // What of it is there cannot be known: start again next time.
                forget();
              }
            });
  }

  /** The other side knows what the primary knew when it was asked, which may be a while ago. */
  private void brought(Asked asked) {
    brought = asked.state();
    if (asked.at().holds() && asked.at().holdsForStatements()) {
      broughtAt = asked.at();
      whenBrought.accept(asked.state());
    }
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringAll(Asked asked) {
    return bring(asked)
        .thenCompose(
            refused -> {
              if (refused.isPresent()) {
                return CompletableFuture.completedFuture(
                    immovable(refused.get(), "make it valid on the other side"));
              }
              return bringUnnamed(asked.at());
            });
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringUnnamed(Mark at) {
    BackendLink to = link;
    ParseFrame statement = words.unnamed().get();
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
              readyAt = at;
              return Optional.empty();
            });
  }

  private Optional<Traffic.Immovable> obstacle(SessionState state) {
    if (!state.obstacles().isEmpty()) {
      Obstacle first = state.obstacles().getFirst();
      return immovable(first.kind().word() + " " + first.name(), first.kind().advice());
    }
    if (!words.settingNames().areKnown()) {
      return immovable("custom settings whose names are not known", "let the client disconnect");
    }
    return isClear(state) ? Optional.empty() : immovable(FOREIGN_TEXT, "let the client disconnect");
  }

  /** Whether the texts of a state that the primary told are what the server has. */
  private boolean isClear(SessionState state) {
    BackendLink primary = session.primary();
    return state.isAscii() || (primary != null && primary.speaksUnicode());
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
