package org.turnout.proxy.postgres;

import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.StartupMessage;

/** The two databases of a route, as a session reaches them. */
interface Backends {
  /**
   * Connects and logs in. Completes on the event loop when the server is ready for the first query;
   * fails with a {@link BackendException}. The link then rests in its conversation.
   */
  CompletableFuture<BackendLink> connect(
      EventLoop loop,
      Side side,
      StartupMessage startup,
      Credentials credentials,
      Conversation.Asynchronous asynchronous);

  /**
   * Asks the server of a link to cancel what it runs there; completes when the server has closed
   * the connection that this takes, or never took it. Encrypted if the link is.
   */
  CompletableFuture<Void> cancel(BackendLink link, BackendKeyData key);
}
