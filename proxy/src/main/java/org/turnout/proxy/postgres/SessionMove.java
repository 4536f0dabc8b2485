package org.turnout.proxy.postgres;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.postgres.SessionState.Obstacle;
import org.turnout.proxy.postgres.SessionState.Prepared;
import org.turnout.proxy.postgres.StateGeneration.Mark;

/**
 * How a session's state gets to the side that is not primary, over the connection that {@link
 * OtherSide} keeps.
 *
 * <p>What was brought is remembered, so that the next time only the difference is, and with it the
 * moment at which the primary was asked for it. Rule: what is there is believed only as far as the
 * {@link StateGeneration} of that moment is still the one of now. Confined to the session's event
 * loop.
 */
final class SessionMove {
  /** How long the databases may take outside of a pause. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String FOREIGN_TEXT = "state in another character set than UTF-8";

  private final PostgresSession session;
  private final Client client;
  private final OtherSide other;
  private final SessionWords words;
  private final StateGeneration generation;
  private final BroughtStatements earlier;
  private Consumer<SessionState> whenTold = state -> {};

  /** What the other side knows. */
  private SessionState brought;

  /** When the primary was asked for {@link #brought}; null when that is not all of what it said. */
  private @Nullable Mark broughtAt;

  /** The same, once the unnamed statement is there too. */
  private @Nullable Mark readyAt;

  /** The other side may have an unnamed statement. */
  private boolean unnamedThere;

  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  SessionMove(
      PostgresSession session,
      Client client,
      OtherSide other,
      SessionWords words,
      StateGeneration generation,
      BroughtStatements earlier) {
    this.words = words;
    this.earlier = earlier;
    this.generation = generation;
    this.session = session;
    this.client = client;
    this.other = other;
    this.brought = SessionState.initial(client.user());
    other.whenGone(this::gone);
  }

  /**
   * Is told what the primary has told of the session's state, before anything more of the client
   * goes on: what that uses is known while the state is still on its way to the other side.
   */
  void whenTold(Consumer<SessionState> listener) {
    whenTold = listener;
  }

  /** Brings the state of the session, which stands at its boundary, to the other side. */
  CompletableFuture<Optional<Traffic.Immovable>> move(Duration limit) {
    return other.within(limit, serially(this::moveNow)).exceptionally(this::notMoved);
  }

  /** A client that has left meanwhile took its session along: there is nothing to be moved. */
  private Optional<Traffic.Immovable> notMoved(Throwable failure) {
    if (session.isEnded()) {
      return Optional.empty();
    }
    boolean late = Cause.of(failure) instanceof TimeoutException;
    return immovable(
        reason(failure),
        late ? "see whether both databases answer" : "see the log of the databases; try again");
  }

  private CompletableFuture<Optional<Traffic.Immovable>> moveNow() {
    return other.atRest().thenCompose(nothing -> moveAtRest());
  }

  private CompletableFuture<Optional<Traffic.Immovable>> moveAtRest() {
    if (session.isEnded()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    Mark known = broughtAt;
    boolean whole = !hasObstacle() && brought.isCompared();
    if (other.isOpen() && whole && known != null && known.isLatest()) {
      return notified()
          .thenCompose(nothing -> unnamedResult())
          .thenCompose(result -> bringUnnamed(known, result));
    }
    readyAt = null;
    CompletableFuture<BackendLink> connected = other.connect();
    return state()
        .thenCombine(connected, (state, link) -> state)
        .thenCompose(
            asked -> {
              Optional<Traffic.Immovable> obstacle = obstacle(asked.state());
              return obstacle.isPresent()
                  ? CompletableFuture.completedFuture(obstacle)
                  : bringAll(asked);
            });
  }

  /**
   * Waits until the client has been told what the channels that it listens on were told so far: a
   * backend answers only when it has sent the notifications of transactions that were over before
   * it was asked. They would be lost with the connection to it.
   */
  private CompletableFuture<?> notified() {
    return brought.channels().isEmpty()
        ? CompletableFuture.completedFuture(null)
        : session.loan().borrow(primary -> Exchange.run(primary, List.of(FrontendSignal.SYNC), 1));
  }

  /** The link that everything was brought to; from now on it is the session's own. */
  @Nullable BackendLink takeReady() {
    Mark at = readyAt;
    if (at == null || !at.isLatest()) {
      return null;
    }
    earlier.flipped(brought);
    return other.take();
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

  /** Whether something is being brought. */
  boolean isUnderWay() {
    return !last.isDone();
  }

  /** Whether a transaction that names no level sees at each statement what is committed then. */
  boolean readsCommitted() {
    return brought.readsCommitted();
  }

  /** A unit of the client runs there that may leave an unnamed statement. */
  void unnamedRuns() {
    unnamedThere = true;
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
    return other.within(PATIENCE, serially(this::prepareNow));
  }

  /** One at a time: each begins with what the one before has brought. */
  private <T> CompletableFuture<T> serially(Supplier<CompletableFuture<T>> step) {
    CompletableFuture<T> done =
        last.handle((result, failure) -> result).thenCompose(before -> step.get());
    last = done;
    return done;
  }

  private CompletableFuture<Void> prepareNow() {
    return other
        .atRest()
        .thenCompose(nothing -> state())
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

  /** A new connection to the other side knows nothing. */
  private void gone() {
    unnamedThere = false;
    broughtAt = null;
    readyAt = null;
    brought = SessionState.initial(client.user());
  }

  private CompletableFuture<PrimaryState> state() {
    return session
        .loan()
        .borrow(
            primary ->
                PrimaryState.ask(primary, words, generation.mark(), brought.statements(), earlier)
                    .thenApply(this::told));
  }

  private CompletableFuture<StatementResult> unnamedResult() {
    return words.unnamed().isOnPrimary()
        ? session.loan().borrow(PrimaryState::askUnnamed)
        : CompletableFuture.completedFuture(words.unnamed().toldElsewhere());
  }

  private PrimaryState told(PrimaryState asked) {
    if (isClear(asked.state())) {
      // Which statements the other side lacks is not known apart any more, until it has them all.
      broughtAt = null;
      whenTold.accept(asked.state());
    }
    return asked;
  }

  private CompletableFuture<Optional<String>> bring(PrimaryState asked) {
    BackendLink to = other.idleLink();
    if (to == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("no other side to move to"));
    }
    return StateReplay.run(to, client.user(), brought, asked.state(), this::refusedByPrimary)
        .whenComplete(
            (outcome, failure) -> {
              if (to == other.link() && outcome != null && outcome.refusal().isEmpty()) {
                brought(asked, outcome.stale());
              } else if (to == other.link()) {
                // What of it is there cannot be known: start again next time.
                other.forget();
              }
            })
        .thenApply(StateReplay.Outcome::refusal);
  }

  private CompletableFuture<Set<String>> refusedByPrimary(Map<String, Prepared> statements) {
    Set<String> before = brought.stale();
    return session.loan().borrow(primary -> StatementTexts.refused(primary, statements, before));
  }

  /** The other side knows what the primary knew when it was asked, which may be a while ago. */
  private void brought(PrimaryState asked, Set<String> stale) {
    brought = asked.state().with(stale);
    if (asked.at().holds() && asked.at().holdsForStatements()) {
      broughtAt = asked.at();
    }
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringAll(PrimaryState asked) {
    return bring(asked)
        .thenCompose(
            refused -> {
              if (refused.isPresent()) {
                return CompletableFuture.completedFuture(
                    immovable(refused.get(), "make it valid on the other side"));
              }
              return bringUnnamed(asked.at(), asked.unnamed());
            });
  }

  private CompletableFuture<Optional<Traffic.Immovable>> bringUnnamed(
      Mark at, StatementResult result) {
    BackendLink to = other.link();
    if (to == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("the other side is gone"));
    }
    ParseFrame unnamed = words.unnamed().get();
    boolean leftover = unnamed == null && unnamedThere;
    unnamedThere |= unnamed != null;
    return UnnamedReplay.run(to, unnamed, result, leftover)
        .thenApply(
            refused -> {
              unnamedThere = unnamed != null;
              if (refused.isPresent()) {
                return immovable(refused.get(), "let the client disconnect");
              }
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

  private Optional<Traffic.Immovable> immovable(String reason, String advice) {
    return Optional.of(new Traffic.Immovable(session.identity().view(), reason, advice));
  }

  /** What went wrong, in words. */
  static String reason(Throwable failure) {
    return String.valueOf(Cause.of(failure).getMessage());
  }
}
