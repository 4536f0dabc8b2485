package org.turnout.proxy.postgres;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Parse;
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
  private final Map<String, Parse> unbrought = new HashMap<>();

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
  @Nullable Parse unbrought(String name) {
    return unbrought.get(name);
  }

  /** A Parse went to the primary. */
  void parsed(Parse statement, Classification classification) {
    String name = statement.statement();
    if (classified.size() >= MOST || statement.sql().length() > LONGEST) {
      closed(name);
      return;
    }
    classified.put(name, classification);
    if (classification.isRead()) {
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

  /** The secondary was told all of this. */
  void brought(SessionState state) {
    clear();
    rules = policy.rules();
    state
        .statements()
        .forEach(
            (name, statement) -> {
              if (!statement.fromSql() && classified.size() < MOST) {
                byte[] text = statement.sql().getBytes(StandardCharsets.UTF_8);
                classified.put(name, policy.classify(text));
              }
            });
  }

  void clear() {
    classified.clear();
    unbrought.clear();
  }
}
