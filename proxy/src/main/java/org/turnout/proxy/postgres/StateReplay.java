package org.turnout.proxy.postgres;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Brings a backend from one state of a session to another: only what differs is said, in one round
 * trip, or more when parameters have types of the database's own, or statements are to be refused
 * there. Confined to the link's event loop.
 */
final class StateReplay {
  private final String login;
  private final SessionState from;
  private final SessionState to;
  private final ReplayScript script;
  private final StatementReplay statements;

  private StateReplay(
      BackendLink link,
      String login,
      SessionState from,
      SessionState to,
      StatementReplay.Origin origin) {
    this.login = login;
    this.from = from;
    this.to = to;
    this.script = new ReplayScript(link);
    this.statements = new StatementReplay(script, from.statements(), to.statements(), origin);
  }

  /**
   * What came of it.
   *
   * @param refusal why the server refuses a part of it; empty when all is there
   * @param stale the statements that the server is made to refuse
   */
  record Outcome(Optional<String> refusal, Set<String> stale) {
    static final Outcome ALL_THERE = allThere(Set.of());

    static Outcome allThere(Set<String> stale) {
      return new Outcome(Optional.empty(), stale);
    }

    static Outcome refused(String why) {
      return new Outcome(Optional.of(why), Set.of());
    }
  }

  /**
   * Brings the backend to the state. Fails when the connection is lost.
   *
   * @param login the user who opened the connection
   * @param origin where the statements come from
   */
  static CompletableFuture<Outcome> run(
      BackendLink link,
      String login,
      SessionState from,
      SessionState to,
      StatementReplay.Origin origin) {
    return new StateReplay(link, login, from, to, origin).run();
  }

  private CompletableFuture<Outcome> run() {
    settings();
    channels();
    List<String> ownTypes = statements.ownTypes();
    if (ownTypes.isEmpty()) {
      return statements.run(Map.of());
    }
    // Their names are resolved with the search path of the session, so after the settings.
    script.query("types of parameters", typeQuestion(ownTypes));
    return script
        .send()
        .thenCompose(
            answers -> {
              Optional<String> refused = answers.refusal();
              if (refused.isPresent()) {
                return CompletableFuture.completedFuture(Outcome.refused(refused.get()));
              }
              return statements.run(oids(ownTypes, answers.all().getLast()));
            });
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
      script.query("role", "RESET SESSION AUTHORIZATION; RESET ROLE");
    }
    for (String name : from.settings().keySet()) {
      if (!to.settings().containsKey(name)) {
        script.query("setting " + name, "RESET " + identifier(name));
      }
    }
    to.settings()
        .forEach(
            (name, value) -> {
              if (!value.equals(from.settings().get(name))) {
                script.query("setting " + name, set(name, value));
              }
            });
    if (!to.authorization().equals(login)) {
      script.query("session authorization", set("session_authorization", to.authorization()));
    }
    if (!to.role().equals(SessionState.NO_ROLE)) {
      script.query("role", set("role", to.role()));
    }
  }

  private void channels() {
    for (String channel : from.channels()) {
      if (!to.channels().contains(channel)) {
        script.query("channel " + channel, "UNLISTEN " + quoted(channel));
      }
    }
    for (String channel : to.channels()) {
      if (!from.channels().contains(channel)) {
        script.query("channel " + channel, "LISTEN " + quoted(channel));
      }
    }
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
