package org.turnout.proxy.postgres;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.protocol.postgres.message.Target;

/**
 * Brings a session's unnamed statement to another backend, by the rule of {@link StatementReplay}:
 * where it gives something else there, the server refuses to use it. Confined to the link's event
 * loop.
 */
final class UnnamedReplay {
  private static final String SUBJECT = "the unnamed prepared statement";

  private UnnamedReplay() {}

  /**
   * Brings it. Completes with the reason when that cannot be done, and fails when the connection is
   * lost.
   *
   * @param statement as the client made it; null when it has none
   * @param result what it gives where the client had it
   * @param leftover whether the other backend may have one that the client has not
   */
  static CompletableFuture<Optional<String>> run(
      BackendLink link, @Nullable ParseFrame statement, StatementResult result, boolean leftover) {
    ReplayScript script = new ReplayScript(link);
    if (statement == null) {
      if (leftover) {
        script.cycle(SUBJECT, List.of(new Close(Target.STATEMENT, "")));
      }
      return script.send().thenApply(answers -> Optional.empty());
    }
    script.cycle(SUBJECT, List.of(statement, new Describe(Target.STATEMENT, "")));
    return script
        .send()
        .thenCompose(
            answers -> {
              // An error is not looked at: it may have been refused by the primary as well.
              Exchange.Description there = answers.description(0);
              if (there == null || !result.isBrokenBy(there.result())) {
                return CompletableFuture.completedFuture(Optional.empty());
              }
              StaleStatement.make(script, SUBJECT, "", there.parameters().types());
              return script.send().thenApply(StaleStatement::refusal);
            });
  }
}
