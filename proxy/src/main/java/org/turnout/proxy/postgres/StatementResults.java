package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
 * StatementResult.Untold}. One round trip, and one for each statement that is refused. Confined to
 * the link's event loop.
 */
final class StatementResults {
  private static final String WAIT_FOR_NO_LOCK =
      "SELECT pg_catalog.set_config('lock_timeout', '1ms', true)";

  private static final String CLASS_OF_WRONG_STATEMENTS = "42";
  private static final String RESULT_CHANGED = "0A000";
  private static final String LOCKED = "55P03";
  private static final String NO_SUCH_STATEMENT = "26000";

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
    return new StatementResults(link, names).next();
  }

  private CompletableFuture<Map<String, StatementResult>> next() {
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(results);
    }
    List<FrontendMessage> messages = new ArrayList<>(OwnStatement.run(WAIT_FOR_NO_LOCK));
    left.forEach(name -> messages.add(new Describe(Target.STATEMENT, name)));
    messages.add(FrontendSignal.SYNC);
    return Exchange.run(link, messages, 1).thenCompose(answers -> told(answers.getFirst()));
  }

  private CompletableFuture<Map<String, StatementResult>> told(Exchange.Answer answer) {
    for (Exchange.Description description : answer.descriptions()) {
      results.put(left.removeFirst(), description.result());
    }
    ErrorResponse error = answer.error();
    if (error == null) {
      return CompletableFuture.completedFuture(results);
    }
    if (left.isEmpty() || !isOfStatement(error)) {
      return CompletableFuture.failedFuture(new BackendException(error, true));
    }
    results.put(left.removeFirst(), refused(error.report().sqlState()));
    return next();
  }

  private static boolean isOfStatement(ErrorResponse error) {
    String state = error.report().sqlState();
    return isStale(state) || state.equals(LOCKED) || state.equals(NO_SUCH_STATEMENT);
  }

  private static StatementResult refused(String state) {
    return isStale(state) ? StatementResult.STALE : StatementResult.UNTOLD;
  }

  /**
   * Whether a server has refused a statement for what has become of its tables: they give something
   * else by now, or are not what it needs.
   */
  static boolean isStale(String state) {
    return state.equals(RESULT_CHANGED) || state.startsWith(CLASS_OF_WRONG_STATEMENTS);
  }
}
