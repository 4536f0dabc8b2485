package org.turnout.proxy.postgres;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;
import org.turnout.proxy.routing.ReadRules;

/**
 * What is known of the named statements of a session that sends reads to the secondary: whether
 * they are reads, the Parse of those that the secondary was not told of yet, and which may give
 * something else there than the client was told. Bounded; what is not known goes to the primary.
 * Confined to the session's event loop.
 */
final class KnownStatements {
  private static final int MOST = 1000;
  private static final int LONGEST = 64 * 1024;

  private final ReadPolicy policy;
  private ReadRules rules;
  private final Map<String, Classification> classified = new HashMap<>();
  private final Map<String, ParseFrame> unbrought = new HashMap<>();

  /** Those of which nobody knows whether they give the same on both sides; they may be on both. */
  private final Set<String> uncompared = new HashSet<>();

  /** Those that the primary refuses to use; the secondary would as well. */
  private final Set<String> stale = new HashSet<>();

  /** Those that have kept a unit on the primary, because they were not compared. */
  private final Set<String> missed = new HashSet<>();

  KnownStatements(ReadPolicy policy) {
    this.policy = policy;
    this.rules = policy.rules();
  }

  /** What the statement is by the rules of now; unknown when it was judged by others. */
  @SuppressWarnings("ReferenceEquality") // other rules are another object
  @Nullable Classification get(String name) {
    if (rules != policy.rules()) {
      rules = policy.rules();
      clear();
    }
    return classified.get(name);
  }

  /** The Parse that the secondary is still to be told, if any. */
  @Nullable ParseFrame unbrought(String name) {
    return unbrought.get(name);
  }

  /** Whether it is known to give on the secondary what it gives on the primary. */
  boolean isCompared(String name) {
    return !unbrought.containsKey(name) && !uncompared.contains(name);
  }

  /** Whether no side would use it. */
  boolean isStale(String name) {
    return stale.contains(name);
  }

  /**
   * A unit stays on the primary only because these are not compared. Returns whether that is worth
   * asking for: it is when one of them is in use, not when a client makes a new one each time.
   */
  boolean areMissedAgain(Collection<String> names) {
    boolean again = false;
    for (String name : names) {
      again |= !missed.add(name);
    }
    return again;
  }

  /** A Parse went to the primary. */
  void parsed(String name, ParseFrame statement, Classification classification) {
    closed(name);
    if (classified.size() >= MOST || statement.size() > LONGEST || !isPlain(name)) {
      return;
    }
    classified.put(name, classification);
    if (ReadUnit.mayHold(classification)) {
      unbrought.put(name, statement);
    }
  }

  void closed(String name) {
    classified.remove(name);
    unbrought.remove(name);
    uncompared.remove(name);
    stale.remove(name);
    missed.remove(name);
  }

  /** It was parsed on the secondary by the way, which says nothing of what it gives there. */
  void brought(String name) {
    unbrought.remove(name);
    uncompared.add(name);
  }

  /**
   * The primary has told all that it has. Until the secondary has been told as well, nothing of the
   * session goes there.
   */
  void told(SessionState state) {
    clear();
    rules = policy.rules();
    state
        .statements()
        .forEach(
            (name, statement) -> {
              if (!statement.fromSql() && classified.size() < MOST && isPlain(name)) {
                byte[] text = statement.sql().getBytes(StandardCharsets.UTF_8);
                classified.put(name, policy.classify(text));
                told(name, statement.result());
              }
            });
  }

  private void told(String name, StatementResult result) {
    switch (result) {
      case StatementResult.Rows rows -> {
        // The secondary is asked for the same while it is told.
      }
      case StatementResult.Nothing nothing -> {
        // As above.
      }
      case StatementResult.Stale refused -> stale.add(name);
      case StatementResult.Untold locked -> uncompared.add(name);
    }
  }

  /** Whether the name is the same bytes in every character set of clients. */
  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> c < 0x80);
  }

  void clear() {
    classified.clear();
    unbrought.clear();
    uncompared.clear();
    stale.clear();
    missed.clear();
  }
}
