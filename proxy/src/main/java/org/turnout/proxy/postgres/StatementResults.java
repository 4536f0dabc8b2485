package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Target;

/**
 * Asks a backend what statements of its session give, by name, the unnamed one among them.
 *
 * <p>A server locks the tables of what it describes. Rule: nobody's lock is waited for, least of
 * all that of a fence, behind which sessions are moved; what is locked stays {@link
 * StatementResult.Untold}. One round trip, and one more when a statement is refused: what the error
 * kept from being asked for is asked for again, each statement by itself. Confined to the link's
 * event loop.
 */
final class StatementResults {
  static final String WAIT_FOR_NO_LOCK =
      "SELECT pg_catalog.set_config('lock_timeout', '1ms', true)";

  static final String LOCKED = "55P03";
  private static final String NO_SUCH_STATEMENT = "26000";

  /** "cached plan must not change result type" */
  private static final String CHANGED = "0A000";

  /** Of errors that come from the connection, from its resources, or from an operator. */
  private static final Set<String> CLASSES_OF_ELSEWHERE = Set.of("08", "53", "57");

  private final BackendLink link;
  private final List<String> left;
  private final Map<String, StatementResult> results = new HashMap<>();

  private StatementResults(BackendLink link, Collection<String> names) {
    this.link = link;
    this.left = new ArrayList<>(names);
  }

  /** Asks. Fails with a {@link BackendException} or when the connection is lost. */
  static CompletableFuture<Map<String, StatementResult>> ask(
      BackendLink link, Collection<String> names) {
    return new StatementResults(link, names).run();
  }

  private CompletableFuture<Map<String, StatementResult>> run() {
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(results);
    }
    return Exchange.run(link, cycle(left), 1)
        .thenCompose(
            answers -> {
              told(answers.getFirst());
              return left.isEmpty()
                  ? CompletableFuture.completedFuture(results)
                  : Exchange.run(link, cycles(left), left.size()).thenApply(this::eachTold);
            });
  }

  private static List<FrontendMessage> cycle(List<String> names) {
    List<FrontendMessage> messages = new ArrayList<>(OwnStatement.run(WAIT_FOR_NO_LOCK));
    names.forEach(name -> messages.add(new Describe(Target.STATEMENT, name)));
    messages.add(FrontendSignal.SYNC);
    return messages;
  }

  private static List<FrontendMessage> cycles(List<String> names) {
    return names.stream().flatMap(name -> cycle(List.of(name)).stream()).toList();
  }

  private Map<String, StatementResult> eachTold(List<Exchange.Answer> answers) {
    answers.forEach(this::told);
    return results;
  }

  /** Takes the next statements off those that are left: up to the first one that is refused. */
  private void told(Exchange.Answer answer) {
    for (Exchange.Description description : answer.descriptions()) {
      results.put(left.removeFirst(), description.result());
    }
    ErrorResponse error = answer.error();
    if (error == null) {
      return;
    }
    boolean ownPassed = !answer.rows().isEmpty();
    if (left.isEmpty() || !ownPassed || isOfElsewhere(error)) {
      throw new CompletionException(new BackendException(error, true));
    }
    results.put(left.removeFirst(), refused(error.report().sqlState()));
  }

  private static boolean isOfElsewhere(ErrorResponse error) {
    String state = error.report().sqlState();
    return CLASSES_OF_ELSEWHERE.stream().anyMatch(state::startsWith);
  }

  /**
   * What a refusal says of a statement. Whatever else a server finds wrong with one that it once
   * accepted comes from what has become of that to which it refers: that is a stale one.
   */
  private static StatementResult refused(String state) {
    return switch (state) {
      case LOCKED, NO_SUCH_STATEMENT -> StatementResult.UNTOLD;
      case CHANGED -> StatementResult.OTHER.stale();
      default -> StatementResult.UNTOLD.stale();
    };
  }
}
