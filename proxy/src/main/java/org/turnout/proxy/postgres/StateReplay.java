package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.proxy.postgres.SessionState.Prepared;

/**
 * Brings a backend from one state of a session to another: only what differs is said, in one round
 * trip, or two when parameters have types of the database's own. Confined to the link's event loop.
 */
final class StateReplay {
  private final BackendLink link;
  private final String login;
  private final SessionState from;
  private final SessionState to;
  private final List<FrontendMessage> messages = new ArrayList<>();

  /** What each ReadyForQuery answers, for the report when it is an error. */
  private final List<String> subjects = new ArrayList<>();

  private @Nullable String refusal;

  private StateReplay(BackendLink link, String login, SessionState from, SessionState to) {
    this.link = link;
    this.login = login;
    this.from = from;
    this.to = to;
  }

  /**
   * Brings the backend to the state. Completes with the reason when the server refuses a part of
   * it, and with nothing when all is there. Fails when the connection is lost.
   *
   * @param login the user who opened the connection
   */
  static CompletableFuture<Optional<String>> run(
      BackendLink link, String login, SessionState from, SessionState to) {
    return new StateReplay(link, login, from, to).run();
  }

  private CompletableFuture<Optional<String>> run() {
    settings();
    channels();
    List<String> ownTypes =
        newStatements().values().stream()
            .flatMap(statement -> statement.types().stream())
            .filter(type -> !type.isBuiltIn())
            .map(SessionState.Type::name)
            .distinct()
            .toList();
    if (ownTypes.isEmpty()) {
      statements(Map.of());
      return send();
    }
    // Their names are resolved with the search path of the session, so after the settings.
    query("types of parameters", typeQuestion(ownTypes));
    return Exchange.run(link, messages, subjects.size())
        .thenCompose(
            answers -> {
              Optional<String> refused = firstRefusal(answers);
              if (refused.isPresent()) {
                return CompletableFuture.completedFuture(refused);
              }
              messages.clear();
              subjects.clear();
              statements(oids(ownTypes, answers.getLast()));
              return send();
            });
  }

  private CompletableFuture<Optional<String>> send() {
    if (refusal != null) {
      return CompletableFuture.completedFuture(Optional.of(refusal));
    }
    return Exchange.run(link, messages, subjects.size()).thenApply(this::firstRefusal);
  }

  private Optional<String> firstRefusal(List<Exchange.Answer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      ErrorResponse error = answers.get(i).error();
      if (error != null) {
        return Optional.of(subjects.get(i) + ": " + error.report().message());
      }
    }
    return Optional.empty();
  }

  private void settings() {
    boolean same = from.settings().equals(to.settings());
    boolean sameUser =
        from.role().equals(to.role()) && from.authorization().equals(to.authorization());
    if (same && sameUser) {
      return;
    }
    // As the user who logged in, who may change what the session could change.
    if (!from.role().equals(SessionState.NO_ROLE) || !from.authorization().equals(login)) {
      query("role", "RESET SESSION AUTHORIZATION; RESET ROLE");
    }
    for (String name : from.settings().keySet()) {
      if (!to.settings().containsKey(name)) {
        query("setting " + name, "RESET " + identifier(name));
      }
    }
    to.settings()
        .forEach(
            (name, value) -> {
              if (!value.equals(from.settings().get(name))) {
                query("setting " + name, set(name, value));
              }
            });
    if (!to.authorization().equals(login)) {
      query("session authorization", set("session_authorization", to.authorization()));
    }
    if (!to.role().equals(SessionState.NO_ROLE)) {
      query("role", set("role", to.role()));
    }
  }

  private void channels() {
    for (String channel : from.channels()) {
      if (!to.channels().contains(channel)) {
        query("channel " + channel, "UNLISTEN " + quoted(channel));
      }
    }
    for (String channel : to.channels()) {
      if (!from.channels().contains(channel)) {
        query("channel " + channel, "LISTEN " + quoted(channel));
      }
    }
  }

  private Map<String, Prepared> newStatements() {
    Map<String, Prepared> wanted = new HashMap<>(to.statements());
    wanted
        .entrySet()
        .removeIf(entry -> entry.getValue().equals(from.statements().get(entry.getKey())));
    return wanted;
  }

  private void statements(Map<String, Integer> ownTypes) {
    from.statements()
        .forEach(
            (name, statement) -> {
              if (!to.statements().containsKey(name)) {
                cycle("prepared statement " + name, new Close(Target.STATEMENT, name));
              }
            });
    newStatements()
        .forEach(
            (name, statement) -> {
              String subject = "prepared statement " + name;
              // What may be there by this name: a read that was refused half-way leaves it open.
              Close before = new Close(Target.STATEMENT, name);
              if (statement.fromSql()) {
                cycle(subject, before);
                prepare(subject, statement.sql());
              } else {
                Parse parse = new Parse(name, statement.sql(), types(statement, ownTypes));
                cycle(subject, before, parse);
              }
            });
  }

  /**
   * Runs the text that made a statement. As an extended message it is refused when it holds more
   * than that one statement, of which the others must not be repeated.
   */
  private void prepare(String subject, String sql) {
    if (isPrepare(sql)) {
      cycle(
          subject, new Parse("", sql, List.of()), new Bind("", "", List.of()), new Execute("", 0));
    } else {
      refusal = subject + ": made by a text that does more than prepare it";
    }
  }

  private static boolean isPrepare(String sql) {
    return sql.stripLeading().toLowerCase(Locale.ROOT).startsWith("prepare");
  }

  private static List<Integer> types(Prepared statement, Map<String, Integer> ownTypes) {
    return statement.types().stream()
        .map(type -> type.isBuiltIn() ? type.oid() : ownTypes.getOrDefault(type.name(), 0))
        .toList();
  }

  private static String typeQuestion(List<String> names) {
    StringBuilder sql = new StringBuilder("SELECT ");
    for (int i = 0; i < names.size(); i++) {
      sql.append(i == 0 ? "" : ", ")
          .append("pg_catalog.to_regtype(")
          .append(literal(names.get(i)))
          .append(")::pg_catalog.oid");
    }
    return sql.toString();
  }

  private static Map<String, Integer> oids(List<String> names, Exchange.Answer answer) {
    Map<String, Integer> oids = new HashMap<>();
    List<@Nullable String> row = answer.rows().getFirst();
    for (int i = 0; i < names.size(); i++) {
      String oid = row.get(i);
      if (oid != null) {
        oids.put(names.get(i), Integer.parseUnsignedInt(oid));
      }
    }
    return oids;
  }

  private void query(String subject, String sql) {
    subjects.add(subject);
    messages.add(new Query(sql));
  }

  private void cycle(String subject, FrontendMessage... extended) {
    subjects.add(subject);
    messages.addAll(List.of(extended));
    messages.add(FrontendSignal.SYNC);
  }

  private static String set(String name, String value) {
    return "SELECT pg_catalog.set_config(" + literal(name) + ", " + literal(value) + ", false)";
  }

  /** A literal that means the same whatever {@code standard_conforming_strings} says. */
  private static String literal(String text) {
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The name of a setting, whose parts may be joined by a dot. */
  private static String identifier(String name) {
    StringBuilder quoted = new StringBuilder();
    for (String part : name.split("\\.", -1)) {
      quoted.append(quoted.isEmpty() ? "" : ".").append(quoted(part));
    }
    return quoted.toString();
  }
}
