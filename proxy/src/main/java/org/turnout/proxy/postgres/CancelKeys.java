package org.turnout.proxy.postgres;

import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.SecretKey;

/**
 * The cancel keys that clients of a route were given: Turnout's own, which stay what they are when
 * the backend of a session changes. Safe for any thread.
 */
final class CancelKeys {
  private static final int SECRET = 4;

  private final Map<Integer, Entry> entries = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  private record Entry(SecretKey secret, PostgresSession session) {}

  /** Makes a key for a session, until {@link #remove}. */
  BackendKeyData add(PostgresSession session) {
    byte[] secret = new byte[SECRET];
    random.nextBytes(secret);
    Entry entry = new Entry(new SecretKey(secret), session);
    int process;
    do {
      process = 1 + random.nextInt(Integer.MAX_VALUE - 1);
    } while (entries.putIfAbsent(process, entry) != null);
    return new BackendKeyData(process, entry.secret());
  }

  void remove(BackendKeyData key) {
    entries.remove(key.processId());
  }

  /** The session of a request whose secret is right. */
  @Nullable PostgresSession find(CancelRequest request) {
    Entry entry = entries.get(request.processId());
    return entry != null && entry.secret().equals(request.secret()) ? entry.session() : null;
  }
}
