package org.turnout.proxy.postgres;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Parse;

/**
 * What a backend knows of a session between two transactions, as far as another backend has to be
 * told. Immutable.
 *
 * @param settings by name, those that the session itself changed, custom ones included
 * @param authorization the session user
 * @param role the role set on top of it, {@code none} without
 * @param statements prepared statements by name
 * @param channels that it listens on
 * @param obstacles what cannot be had on another backend
 * @param isolation of transactions that do not name a level
 */
record SessionState(
    Map<String, String> settings,
    String authorization,
    String role,
    Map<String, Prepared> statements,
    Set<String> channels,
    List<Obstacle> obstacles,
    String isolation) {

  /** The value of {@link #role} when none is set. */
  static final String NO_ROLE = "none";

  SessionState {
    settings = Map.copyOf(settings);
    statements = Map.copyOf(statements);
    channels = Set.copyOf(channels);
    obstacles = List.copyOf(obstacles);
  }

  /** A backend right after the start of the given user. */
  static SessionState initial(String user) {
    return new SessionState(Map.of(), user, NO_ROLE, Map.of(), Set.of(), List.of(), "");
  }

  /** This state with one more statement, of a Parse message. */
  SessionState with(Parse statement) {
    Map<String, Prepared> more = new HashMap<>(statements);
    List<Type> types = statement.parameterTypes().stream().map(oid -> new Type(oid, "")).toList();
    more.put(
        statement.statement(),
        new Prepared(statement.sql(), types, false, "", StatementResult.UNTOLD));
    return withStatements(more);
  }

  /** Whether a transaction that names no level sees at each statement what is committed then. */
  boolean readsCommitted() {
    return isolation.equals("read committed");
  }

  /** The names of the statements that a server refuses to use. */
  Set<String> stale() {
    return statements.entrySet().stream()
        .filter(statement -> statement.getValue().result() instanceof StatementResult.Stale)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** Whether it is known of each statement what it gives. */
  boolean isCompared() {
    return statements.values().stream()
        .noneMatch(statement -> statement.result() instanceof StatementResult.Untold);
  }

  /** This state without the statements of these names. */
  SessionState without(Collection<String> names) {
    Map<String, Prepared> fewer = new HashMap<>(statements);
    fewer.keySet().removeAll(names);
    return withStatements(fewer);
  }

  /** This state, of some of whose statements more is known. */
  SessionState with(Map<String, StatementResult> results) {
    Map<String, Prepared> told = new HashMap<>(statements);
    results.forEach(
        (name, result) -> told.computeIfPresent(name, (key, statement) -> statement.with(result)));
    return withStatements(told);
  }

  /** This state with other statements. */
  SessionState withStatements(Map<String, Prepared> others) {
    return new SessionState(settings, authorization, role, others, channels, obstacles, isolation);
  }

  /** This state with the statements of these names stale. */
  SessionState with(Set<String> stale) {
    Map<String, StatementResult> results = new HashMap<>();
    stale.forEach(
        name -> {
          Prepared statement = statements.get(name);
          if (statement != null) {
            results.put(name, statement.result().stale());
          }
        });
    return with(results);
  }

  /** Whether every text of it means the same in every character set of clients. */
  boolean isAscii() {
    return settings.values().stream().allMatch(SessionState::isAscii)
        && isAscii(authorization + role)
        && channels.stream().allMatch(SessionState::isAscii)
        && statements.entrySet().stream()
            .allMatch(entry -> isAscii(entry.getKey()) && isAscii(entry.getValue().sql()));
  }

  static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  /**
   * A prepared statement.
   *
   * @param sql text of the statement; with {@code fromSql} the text that contains PREPARE
   * @param types the types of its parameters
   * @param fromSql whether PREPARE made it, not a Parse message
   * @param made when; empty where that is not known
   * @param result what it gives
   */
  record Prepared(
      String sql, List<Type> types, boolean fromSql, String made, StatementResult result) {
    Prepared {
      types = List.copyOf(types);
    }

    Prepared with(StatementResult other) {
      return new Prepared(sql, types, fromSql, made, other);
    }

    Prepared madeAt(String time) {
      return new Prepared(sql, types, fromSql, time, result);
    }

    /** The message that makes it, by a name, where its types have the numbers of here. */
    Parse parse(String name) {
      return new Parse(name, sql, types.stream().map(Type::oid).toList());
    }

    /** Whether it is the same statement, and not another one of the same name. */
    boolean isStill(@Nullable Prepared other) {
      return other != null && made.equals(other.made) && sql.equals(other.sql);
    }

    /** Whether it is made by the same words and gives the same. */
    boolean isLike(@Nullable Prepared other) {
      return other != null
          && sql.equals(other.sql)
          && types.equals(other.types)
          && fromSql == other.fromSql
          && result.equals(other.result);
    }

    /** Whether it is made by the same words, maybe on another server. */
    boolean isMadeLike(Prepared other) {
      return sql.equals(other.sql)
          && fromSql == other.fromSql
          && types.stream()
              .map(Type::anywhere)
              .toList()
              .equals(other.types.stream().map(Type::anywhere).toList());
    }
  }

  /**
   * A type on the side that was asked. Objects below 10000 have the same number on every server;
   * numbers from there on are given out when a release or a database cluster is made.
   *
   * @param name as its search path shows it
   */
  record Type(int oid, String name) {
    private static final int FIRST_GIVEN_OUT = 10_000;

    /** The first number of what a user makes. */
    static final int FIRST_OF_USERS = 16_384;

    boolean isBuiltIn() {
      return isBuiltIn(oid);
    }

    /** What is the same of it on every server. */
    private Object anywhere() {
      return isBuiltIn() ? oid : name;
    }

    static boolean isBuiltIn(int oid) {
      return Integer.compareUnsigned(oid, FIRST_GIVEN_OUT) < 0;
    }

    /** Whether the database has been given it, not its release. */
    static boolean isOfUsers(int oid) {
      return Integer.compareUnsigned(oid, FIRST_OF_USERS) >= 0;
    }
  }

  /** Something that lives in one backend only. */
  record Obstacle(Kind kind, String name) {
    /** What it is, with what the application's owner can do about it. */
    enum Kind {
      TEMPORARY_TABLE("temporary table", "drop it, or let the client disconnect"),
      TEMPORARY_FUNCTION("temporary function", "drop it, or let the client disconnect"),
      TEMPORARY_TYPE("temporary type", "drop it, or let the client disconnect"),
      ADVISORY_LOCK("advisory lock", "wait until the client releases it, or let it disconnect"),
      HELD_CURSOR("held cursor", "let the client close it or disconnect");

      private final String word;
      private final String advice;

      Kind(String word, String advice) {
        this.word = word;
        this.advice = advice;
      }

      String word() {
        return word;
      }

      String advice() {
        return advice;
      }
    }
  }
}
