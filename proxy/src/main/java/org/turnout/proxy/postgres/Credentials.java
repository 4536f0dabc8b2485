package org.turnout.proxy.postgres;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.proxy.tls.ChannelSecurity;

/** What Turnout can prove to a backend in the name of a client. */
interface Credentials {
  /**
   * Begins a proof, for one connection to a side.
   *
   * @param security of that connection
   */
  Proof prove(Side side, ChannelSecurity security);

  /** One login; confined to the connection's event loop. */
  interface Proof {
    /**
     * Answers the server's challenge; empty when nothing is to be answered. Fails with {@link
     * AuthenticationException} when it cannot be answered. May complete on another thread, when the
     * answer takes long to compute.
     */
    CompletableFuture<Optional<FrontendMessage>> answer(Authentication challenge);
  }
}
