package org.turnout.proxy.postgres;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;
import org.turnout.proxy.routing.ReadRules;

/**
 * What is known of the named statements of a session that sends reads to the secondary: whether
 * they are reads, and the Parse of those that the secondary was not told of yet. Bounded; what is
 * not known goes to the primary. Confined to the session's event loop.
 */
final class KnownStatements {
  private static final int MOST = 1000;
  private static final int LONGEST = 64 * 1024;

  private final ReadPolicy policy;
  private ReadRules rules;
  private final Map<String, Classification> classified = new HashMap<>();
  private final Map<String, ParseFrame> unbrought = new HashMap<>();

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

  /** A Parse went to the primary. */
  void parsed(String name, ParseFrame statement, Classification classification) {
    if (classified.size() >= MOST || statement.size() > LONGEST || !isPlain(name)) {
      closed(name);
      return;
    }
    classified.put(name, classification);
    if (ReadUnit.mayHold(classification)) {
      unbrought.put(name, statement);
    } else {
      unbrought.remove(name);
    }
  }

  void closed(String name) {
    classified.remove(name);
    unbrought.remove(name);
  }

  void brought(String name) {
    unbrought.remove(name);
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
              }
            });
  }

  /** Whether the name is the same bytes in every character set of clients. */
  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> c < 0x80);
  }

  void clear() {
    classified.clear();
    unbrought.clear();
  }
}
