package org.turnout.proxy.postgres;

import java.util.concurrent.CompletableFuture;
import org.turnout.protocol.postgres.message.BackendKeyData;

/**
 * Cancels, for a client that asks for it on another connection, what its session does: a unit that
 * nobody has begun is dropped and answered as a cancelled one, else the backend that works is
 * asked. What Turnout itself does there is not cancelled. Confined to the session's event loop.
 */
final class SessionCancel {
  private final PostgresSession session;
  private final SessionGate gate;
  private final SecondaryReads reads;
  private final Detour detour;
  private final ClientStream requests;
  private final Backends backends;
  private final boolean plain;

  /**
   * @param plain whether the session is not followed, and may run something at any time
   */
  SessionCancel(
      PostgresSession session,
      SessionGate gate,
      SecondaryReads reads,
      Detour detour,
      ClientStream requests,
      Backends backends,
      boolean plain) {
    this.session = session;
    this.gate = gate;
    this.reads = reads;
    this.detour = detour;
    this.requests = requests;
    this.backends = backends;
    this.plain = plain;
  }

  /** Completes when it was tried. */
  CompletableFuture<Void> request() {
    if (reads.isWaiting()) {
      detour.cancelUnit(reads.stopWaiting());
    } else if (gate.isHeld()) {
      detour.cancelUnit(requests.heldUnit());
    } else if ((plain || gate.isRunning()) && !session.loan().isLent()) {
      return ofBackend();
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> ofBackend() {
    BackendLink link = session.serving();
    BackendKeyData key = link == null ? null : link.key();
    if (link == null || key == null) {
      return CompletableFuture.completedFuture(null);
    }
    reads.cancelling();
    return backends.cancel(link, key);
  }
}
