package org.turnout.proxy.postgres;

import java.util.concurrent.CompletableFuture;

/** What becomes of a client that has said who it is. */
sealed interface Entrance {
  /** It may not be here; told as a server tells it. */
  record Refused(String sqlState, String message) implements Entrance {}

  /**
   * It need not prove anything more.
   *
   * @param credentials what opens the backends for it
   */
  record Believed(Credentials credentials) implements Entrance {}

  /** It has to prove it. The future fails when the primary's catalogue cannot be read. */
  record Asked(CompletableFuture<ClientAuthentication> proof) implements Entrance {}
}
