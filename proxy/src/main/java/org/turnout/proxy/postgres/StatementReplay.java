package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.proxy.postgres.SessionState.Prepared;
import org.turnout.proxy.postgres.StateReplay.Outcome;

/**
 * The named statements of a {@link StateReplay}: those that the backend lacks are prepared, and
 * asked for what they give. Rule: where that is not what the client was told, the statement is one
 * that the server refuses to use ({@link StaleStatement}), as it refuses one that has become such.
 * One that is refused where it comes from is used again where it gives what the client was told.
 * Confined to the link's event loop.
 */
final class StatementReplay {
  /** The backend that has the statements. */
  interface Origin {
    /** The names of those whose texts it would refuse by now for what they refer to. */
    CompletableFuture<Set<String>> refuses(Map<String, Prepared> statements);
  }

  private final ReplayScript script;
  private final Map<String, Prepared> from;
  private final Map<String, Prepared> to;

  /** Which cycle asks for which statement. */
  private final Map<Integer, String> asked = new HashMap<>();

  /** Types of parameters of the database's own, by name. */
  private Map<String, Integer> ownTypes = Map.of();

  private final Origin origin;

  private @Nullable String refusal;

  StatementReplay(
      ReplayScript script, Map<String, Prepared> from, Map<String, Prepared> to, Origin origin) {
    this.script = script;
    this.origin = origin;
    this.from = from;
    this.to = to;
  }

  /** The names of the types of the database's own that parameters have. */
  List<String> ownTypes() {
    return wanted().values().stream()
        .flatMap(statement -> statement.types().stream())
        .filter(type -> !type.isBuiltIn())
        .map(SessionState.Type::name)
        .distinct()
        .toList();
  }

  /** Says all; the numbers of the types of the database's own are given. */
  CompletableFuture<Outcome> run(Map<String, Integer> numbers) {
    ownTypes = numbers;
    from.forEach(
        (name, statement) -> {
          if (!to.containsKey(name)) {
            script.cycle(subject(name), List.of(new Close(Target.STATEMENT, name)));
          }
        });
    Set<String> stale = new HashSet<>();
    wanted()
        .forEach(
            (name, statement) -> {
              if (isRefusedAtOrigin(statement) && !statement.result().isTold()) {
                stale.add(name);
              } else {
                prepare(name, statement);
              }
            });
    String refused = refusal;
    if (refused != null) {
      return CompletableFuture.completedFuture(Outcome.refused(refused));
    }
    return script.send().thenCompose(answers -> prepared(answers, stale));
  }

  /** What the backend lacks, last what executes others. */
  private Map<String, Prepared> wanted() {
    Map<String, Prepared> wanted = new LinkedHashMap<>();
    for (boolean executes : new boolean[] {false, true}) {
      to.forEach(
          (name, statement) -> {
            if (begins(statement.sql(), "execute") == executes
                && !statement.isLike(from.get(name))) {
              wanted.put(name, statement);
            }
          });
    }
    return wanted;
  }

  private static boolean isRefusedAtOrigin(Prepared statement) {
    return statement.result() instanceof StatementResult.Stale;
  }

  private void prepare(String name, Prepared statement) {
    List<FrontendMessage> messages = new ArrayList<>();
    // What may be there by this name: a read that was refused half-way leaves it open.
    messages.add(new Close(Target.STATEMENT, name));
    if (!statement.fromSql()) {
      messages.add(new Parse(name, statement.sql(), types(statement)));
    } else if (begins(statement.sql(), "prepare")) {
      // As an extended message it is refused when it holds more than that one statement, of which
      // the others must not be repeated.
      messages.addAll(OwnStatement.run(statement.sql()));
    } else {
      refusal = subject(name) + ": made by a text that does more than prepare it";
    }
    messages.add(new Describe(Target.STATEMENT, name));
    asked.put(script.size(), name);
    script.cycle(subject(name), messages);
  }

  private CompletableFuture<Outcome> prepared(ReplayScript.Answers answers, Set<String> stale) {
    Map<String, Prepared> doubtful = doubtful(answers);
    if (doubtful.isEmpty()) {
      return accepted(answers, stale, Set.of());
    }
    return origin.refuses(doubtful).thenCompose(gone -> accepted(answers, stale, gone));
  }

  /** Those that are refused, and may be so where they come from, which did not look. */
  private Map<String, Prepared> doubtful(ReplayScript.Answers answers) {
    Map<String, Prepared> doubtful = new HashMap<>();
    asked.forEach(
        (cycle, name) -> {
          ErrorResponse error = answers.all().get(cycle).error();
          Prepared statement = to.get(name);
          if (error != null
              && statement != null
              && statement.result() instanceof StatementResult.Nothing
              && StatementTexts.isOfReference(error)) {
            doubtful.put(name, statement);
          }
        });
    return doubtful;
  }

  /**
   * @param gone those that are refused on both sides
   */
  private CompletableFuture<Outcome> accepted(
      ReplayScript.Answers answers, Set<String> stale, Set<String> gone) {
    Set<Integer> apart = new HashSet<>();
    asked.forEach(
        (cycle, name) -> {
          Prepared statement = to.get(name);
          boolean refused = answers.all().get(cycle).error() != null;
          boolean atOrigin =
              gone.contains(name) || (statement != null && isRefusedAtOrigin(statement));
          if (refused && atOrigin) {
            apart.add(cycle);
            stale.add(name);
          }
        });
    Optional<String> refused = answers.refusal(apart);
    if (refused.isPresent()) {
      return CompletableFuture.completedFuture(Outcome.refused(refused.get()));
    }
    asked.forEach(
        (cycle, name) -> {
          Exchange.Description there = answers.description(cycle);
          Prepared statement = to.get(name);
          if (there != null && statement != null && statement.result().isBrokenBy(there.result())) {
            stale.add(name);
          }
        });
    return stale.isEmpty() ? CompletableFuture.completedFuture(Outcome.ALL_THERE) : spoil(stale);
  }

  private CompletableFuture<Outcome> spoil(Set<String> stale) {
    stale.forEach(
        name -> {
          Prepared statement = to.get(name);
          List<Integer> types = statement == null ? List.of() : types(statement);
          StaleStatement.make(script, subject(name), name, types);
        });
    return script.send().thenApply(answers -> spoilt(answers, stale));
  }

  private static Outcome spoilt(ReplayScript.Answers answers, Set<String> stale) {
    return StaleStatement.refusal(answers)
        .map(Outcome::refused)
        .orElseGet(() -> Outcome.allThere(stale));
  }

  private static String subject(String name) {
    return "prepared statement " + name;
  }

  private static boolean begins(String sql, String word) {
    return sql.stripLeading().regionMatches(true, 0, word, 0, word.length());
  }

  private List<Integer> types(Prepared statement) {
    return statement.types().stream()
        .map(type -> type.isBuiltIn() ? type.oid() : ownTypes.getOrDefault(type.name(), 0))
        .toList();
  }
}
