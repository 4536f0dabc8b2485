package org.turnout.proxy.session;

import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The clients that have come in and have no session yet: nobody has told them anything, so a
 * Turnout that hands its listeners on waits for them. Safe for any thread.
 */
final class Arrivals {
  private final Set<Channel> clients = ConcurrentHashMap.newKeySet();
  private volatile @Nullable CompletableFuture<Void> none;

  void came(Channel client) {
    clients.add(client);
    client.closeFuture().addListener(closed -> settled(client));
  }

  /** The client has a session, or is gone. */
  void settled(Channel client) {
    clients.remove(client);
    completeIfNone();
  }

  /** Completes once there are none; nobody new comes when this is asked. */
  CompletableFuture<Void> none() {
    CompletableFuture<Void> asked = new CompletableFuture<>();
    none = asked;
    completeIfNone();
    return asked;
  }

  private void completeIfNone() {
    CompletableFuture<Void> asked = none;
    if (asked != null && clients.isEmpty()) {
      asked.complete(null);
    }
  }
}
