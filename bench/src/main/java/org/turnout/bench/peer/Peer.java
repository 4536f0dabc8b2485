package org.turnout.bench.peer;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalLong;

/**
 * One way to the database: straight, by Turnout, or by another proxy. Used by the measuring thread.
 */
public interface Peer extends AutoCloseable {
  /** The name of the way without a proxy, to which the others are compared. */
  String DIRECT = "direct";

  String TURNOUT = "turnout";
  String PGBOUNCER = "pgbouncer";
  String HAPROXY = "haproxy";

  String name();

  /** What it says of itself, in one line. */
  String version();

  /** Where clients connect to. */
  InetSocketAddress address();

  /** The processes whose cost is its cost; none for the straight way. */
  List<ProcessHandle> processes();

  /** Who ends the TLS of clients that come with it, in words. */
  String tlsEnd();

  /** Bytes of live objects on the heap of a JVM, after a collection. */
  default OptionalLong liveHeap() throws InterruptedException {
    return OptionalLong.empty();
  }

  /** Ends what was started for it. */
  @Override
  void close() throws InterruptedException;
}
