package org.turnout.proxy.postgres;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.turnout.proxy.postgres.SessionState.Prepared;
import org.turnout.proxy.postgres.StateGeneration.Mark;

/**
 * All that the primary tells of a session, for another backend. Immutable.
 *
 * @param state with what each statement gives
 * @param unnamed what the unnamed statement gives
 * @param at when the primary was asked
 */
record PrimaryState(SessionState state, StatementResult unnamed, Mark at) {
  private static final String UNNAMED = "";

  /**
   * Asks, in two round trips; in one, when the session has no statements that were not asked for
   * before.
   *
   * @param before statements that were brought to the other side, with what they give. They are not
   *     asked for again: what was brought goes stale there by itself. A stale one may have become
   *     usable again and is asked for; while it does not tell, it is what it was.
   * @param earlier statements that were brought to the primary itself
   */
  static CompletableFuture<PrimaryState> ask(
      BackendLink primary,
      SessionWords words,
      Mark at,
      Map<String, Prepared> before,
      BroughtStatements earlier) {
    return StateQuestion.ask(primary, words.settingNames().names())
        .thenCompose(
            told -> {
              SessionState state = earlier.originals(told);
              Map<String, StatementResult> known = new HashMap<>();
              Set<String> unknown = new HashSet<>();
              if (words.unnamed().isOnPrimary()) {
                unknown.add(UNNAMED);
              }
              state
                  .statements()
                  .forEach(
                      (name, statement) -> {
                        Prepared brought = before.get(name);
                        if (statement.result() instanceof StatementResult.Stale) {
                          known.put(name, statement.result());
                        } else if (brought != null
                            && statement.isStill(brought)
                            && isUsable(brought)) {
                          known.put(name, brought.result());
                        } else {
                          unknown.add(name);
                        }
                      });
              return StatementResults.ask(primary, unknown)
                  .thenApply(
                      results ->
                          new PrimaryState(
                              state.with(known).with(news(state, results, before, earlier)),
                              results.getOrDefault(UNNAMED, words.unnamed().toldElsewhere()),
                              at));
            });
  }

  /** What was told, without what would only take away what is known of the same statement. */
  private static Map<String, StatementResult> news(
      SessionState state,
      Map<String, StatementResult> told,
      Map<String, Prepared> before,
      BroughtStatements earlier) {
    Map<String, StatementResult> news = new HashMap<>(told);
    state
        .statements()
        .forEach(
            (name, statement) -> {
              Prepared brought = before.get(name);
              StatementResult known =
                  brought != null && statement.isStill(brought)
                      ? brought.result()
                      : earlier.told(name, statement);
              news.computeIfPresent(
                  name,
                  (key, result) ->
                      switch (result) {
                        case StatementResult.Untold locked -> known;
                        case StatementResult.Stale refused ->
                            known.isTold() ? known.stale() : refused;
                        case StatementResult.Rows rows -> rows;
                        case StatementResult.Nothing nothing -> nothing;
                      });
            });
    return news;
  }

  /** Asks what the unnamed statement gives. */
  static CompletableFuture<StatementResult> askUnnamed(BackendLink primary) {
    return StatementResults.ask(primary, Set.of(UNNAMED))
        .thenApply(told -> told.getOrDefault(UNNAMED, StatementResult.UNTOLD));
  }

  private static boolean isUsable(Prepared statement) {
    return switch (statement.result()) {
      case StatementResult.Rows rows -> true;
      case StatementResult.Nothing nothing -> true;
      case StatementResult.Stale stale -> false;
      case StatementResult.Untold untold -> false;
    };
  }
}
