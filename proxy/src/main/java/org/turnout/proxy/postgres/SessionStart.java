package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.proxy.session.SparingLog;

/**
 * Connects a session, whose client has proved who it is, to the primary, and tells the client how
 * that went. Rule: the client is told that it is served only once its backend is there. Confined to
 * the session's event loop.
 */
final class SessionStart {
  private static final SparingLog LOG = new SparingLog(LoggerFactory.getLogger(SessionStart.class));

  private final PostgresSession session;
  private final Backends backends;
  private final List<BackendMessage> greeting;

  /**
   * @param greeting what the client is still to be told of its authentication, before its outcome
   */
  SessionStart(PostgresSession session, Backends backends, List<BackendMessage> greeting) {
    this.session = session;
    this.backends = backends;
    this.greeting = greeting;
  }

  /** Connects to the side that is primary now. */
  void connect() {
    session.identity().side(session.lane().route().primary());
    Client who = session.identity().client();
    backends
        .connect(
            session.lane().loop(),
            session.side(),
            who.startup(),
            who.credentials(),
            session.news()::asynchronous)
        .whenComplete(this::connected);
  }

  private void connected(@Nullable BackendLink link, @Nullable Throwable failure) {
    if (session.isEnded()) {
      if (link != null) {
        link.retire();
      }
    } else if (link != null) {
      session.news().tell(Welcome.start(greeting, link, session.key().give(link)));
      session.connected(link);
    } else if (failure != null) {
      LOG.write(
          Level.INFO, "session {}: {}", session.number(), String.valueOf(failure.getMessage()));
      List<BackendMessage> answer = new ArrayList<>(greeting);
      if (failure instanceof BackendException refusal && refusal.isAuthenticated()) {
        answer.add(new Authentication.Ok());
      }
      answer.add(LastWords.refusal(failure));
      session.end(answer);
    }
  }
}
