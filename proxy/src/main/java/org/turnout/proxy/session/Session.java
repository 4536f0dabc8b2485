package org.turnout.proxy.session;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;

/**
 * One client and the backend connections that serve it, as the traffic of its route sees it. All
 * calls come on the session's event loop, except {@link #view}.
 */
public interface Session {
  /** What it does now. Any thread. */
  Traffic.SessionView view();

  /**
   * Opens the connection to the other side and prepares what can be prepared before a pause. Fails
   * when the other side refuses it; completes at once when the session cannot or need not be moved.
   */
  CompletableFuture<Void> connectAhead();

  /**
   * With the session at its boundary: brings its state to the other side, or says why it cannot.
   * Never fails.
   *
   * @param limit after which it is said that a database does not answer
   */
  CompletableFuture<Optional<Traffic.Immovable>> move(Duration limit);

  /**
   * Makes the given side the one that serves the session. Never fails: a session that is not there
   * is ended as a server that shuts down does it.
   */
  void flip(Side primary);

  /** Closes what was opened ahead. */
  void forgetAhead();

  /** Ends the session if it has stood at its boundary for longer than this, as a server does it. */
  void endIfIdle(Duration limit);

  /** Ends the session as a server that shuts down does it. */
  void shutDown();
}
