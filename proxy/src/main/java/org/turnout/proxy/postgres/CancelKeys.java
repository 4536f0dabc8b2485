package org.turnout.proxy.postgres;

import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.SecretKey;

/**
 * The cancel keys that clients of a route were given: Turnout's own, which stay what they are when
 * the backend of a session changes.
 *
 * <p>The process number in a key is that of the session's first backend, since clients also use it
 * to find themselves in {@code pg_stat_activity}, to end that backend, and to know their own
 * notifications. Backends of two sides may have the same one: secret and number together say which
 * session is meant. Safe for any thread.
 */
final class CancelKeys {
  private static final int SHORT_SECRET = 4;
  private static final int LONG_SECRET = 32;

  private final Map<BackendKeyData, PostgresSession> sessions = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /**
   * Makes a key for a session, until {@link #remove}.
   *
   * @param process the number that the client is told
   * @param version of the protocol with the client: secrets are long from 3.2 on
   */
  BackendKeyData add(PostgresSession session, int process, ProtocolVersion version) {
    boolean isLong = version.compareTo(ProtocolVersion.V3_2) >= 0;
    BackendKeyData key;
    do {
      byte[] secret = new byte[isLong ? LONG_SECRET : SHORT_SECRET];
      random.nextBytes(secret);
      key = new BackendKeyData(process, new SecretKey(secret));
    } while (sessions.putIfAbsent(key, session) != null);
    return key;
  }

  void remove(BackendKeyData key) {
    sessions.remove(key);
  }

  /** The session of a request whose secret is right. */
  @Nullable PostgresSession find(CancelRequest request) {
    return sessions.get(new BackendKeyData(request.processId(), request.secret()));
  }
}
