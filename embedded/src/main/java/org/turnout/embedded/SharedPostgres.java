package org.turnout.embedded;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Servers for tests: one per major and authentication for the whole process, started when first
 * asked for, and a fresh database for each test, which is isolation enough for all that does not
 * stop or reconfigure its server. Roles are shared by all databases of a server: give them names of
 * their own. Safe for any thread.
 */
public final class SharedPostgres {
  private static final Map<Key, PostgresServer> SERVERS = new ConcurrentHashMap<>();
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private SharedPostgres() {}

  private record Key(int major, PostgresServer.Authentication authentication) {}

  /** The process's server of a major that trusts every client. */
  public static PostgresServer server(int major) {
    return server(major, PostgresServer.Authentication.TRUST);
  }

  /** The process's server of a major; it must not be stopped by a test. */
  public static PostgresServer server(int major, PostgresServer.Authentication authentication) {
    return SERVERS.computeIfAbsent(
        new Key(major, authentication),
        key ->
            PostgresServer.builder(key.major())
                .authentication(key.authentication())
                .setting("max_connections", "200")
                .setting("max_replication_slots", "60")
                .setting("max_wal_senders", "60")
                .start());
  }

  /** A fresh, empty database on the process's trusting server of a major. */
  public static PostgresDatabase database(int major) {
    return database(server(major));
  }

  /** A fresh, empty database on a server. */
  public static PostgresDatabase database(PostgresServer server) {
    return PostgresDatabase.create(server, "test_" + NUMBER.incrementAndGet());
  }
}
