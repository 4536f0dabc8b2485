package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.proxy.postgres.SessionState.Prepared;

/**
 * Asks a backend whether it would still accept the texts of its statements: one that gives no rows
 * it describes without a look at whether its tables are there. Nobody's lock is waited for.
 * Stateless.
 */
final class StatementTexts {
  private static final String CLASS_OF_WRONG_STATEMENTS = "42";
  private static final String CLASS_OF_WRONG_SCHEMAS = "3F";

  private StatementTexts() {}

  /**
   * The names of those that it refuses for what they refer to, in one round trip. Fails when the
   * connection is lost.
   *
   * @param before the names of those that were refused earlier: behind a lock they still are
   */
  static CompletableFuture<Set<String>> refused(
      BackendLink link, Map<String, Prepared> asked, Set<String> before) {
    List<String> names = new ArrayList<>();
    List<FrontendMessage> messages = new ArrayList<>();
    asked.forEach(
        (name, statement) -> {
          names.add(name);
          messages.addAll(OwnStatement.run(StatementResults.WAIT_FOR_NO_LOCK));
          messages.addAll(
              statement.fromSql()
                  ? OwnStatement.run(plan(name, statement))
                  : OwnStatement.parse(statement));
          messages.add(FrontendSignal.SYNC);
        });
    return Exchange.run(link, messages, names.size())
        .thenApply(
            answers -> {
              Set<String> refused = new HashSet<>();
              for (int i = 0; i < names.size(); i++) {
                ErrorResponse error = answers.get(i).error();
                if (error != null
                    && (isOfReference(error)
                        || (isLocked(error) && before.contains(names.get(i))))) {
                  refused.add(names.get(i));
                }
              }
              return refused;
            });
  }

  /**
   * The text of one that PREPARE has made is that of the PREPARE. It is planned instead, which runs
   * nothing of it but may count as one of its plans: that reads it again where what it refers to
   * has changed.
   */
  private static String plan(String name, Prepared statement) {
    String parameters = String.join(", ", Collections.nCopies(statement.types().size(), "NULL"));
    String executed = "EXECUTE \"" + name.replace("\"", "\"\"") + '"';
    return "EXPLAIN " + executed + (parameters.isEmpty() ? "" : "(" + parameters + ")");
  }

  private static boolean isLocked(ErrorResponse error) {
    return error.report().sqlState().equals(StatementResults.LOCKED);
  }

  /** Whether a server has refused a text for what it refers to. */
  static boolean isOfReference(ErrorResponse error) {
    String state = error.report().sqlState();
    return state.startsWith(CLASS_OF_WRONG_STATEMENTS) || state.startsWith(CLASS_OF_WRONG_SCHEMAS);
  }
}
