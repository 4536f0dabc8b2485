package org.turnout.proxy.postgres;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.proxy.session.SparingLog;

/**
 * How a session ends: by its client, by its primary, by what one of them said, or by Turnout. Rule:
 * a client is told why only where it has whole frames; a backend is told goodbye only where it has.
 * Confined to the session's event loop.
 */
final class SessionEnd {
  private static final Logger LOG = LoggerFactory.getLogger(SessionEnd.class);
  private static final SparingLog OFTEN = new SparingLog(LOG);
  private static final int LINGER_SECONDS = 10;

  private final PostgresSession session;
  private final Channel client;
  private final ClientStream requests;
  private final ReplyStream replies;
  private boolean leaving;
  private boolean silent;
  private boolean unreadable;
  private boolean ended;

  SessionEnd(PostgresSession session, Channel client, ClientStream requests, ReplyStream replies) {
    this.session = session;
    this.client = client;
    this.requests = requests;
    this.replies = replies;
  }

  boolean isEnded() {
    return ended;
  }

  /** Whether the client has said all that it says, and its server is about to end the session. */
  boolean isLeaving() {
    return leaving;
  }

  /** The client has said goodbye. */
  void leaving() {
    leaving = true;
  }

  /**
   * All that the client has said went on, and it says no more: the server answers, and ends the
   * connection. Whether the client still hears is seen when it is written to.
   */
  void clientSilent() {
    BackendLink link = session.primary();
    if (link != null && !silent) {
      silent = true;
      leaving = true;
      link.finish();
    }
  }

  /** Nobody hears the client's answers any more. */
  void clientGone() {
    BackendLink link = session.primary();
    ended();
    if (link != null && requests.isAtFrame() && link.channel().isWritable() && !leaving) {
      link.retire();
    } else if (link != null) {
      link.abort();
    }
  }

  void clientFailed(Throwable cause) {
    LOG.debug("session {}: connection to the client failed", session.number(), cause);
    client.close();
  }

  /** The client sent what has no length: the server, to which it goes on, closes for it. */
  void unreadable(ProtocolException why) {
    unreadable = true;
    LOG.debug("session {}: {}", session.number(), why.getMessage());
  }

  /** The client broke the protocol. */
  void brokenRequest(ProtocolException why) {
    OFTEN.write(
        Level.WARN,
        "session {} of {}: {}",
        session.number(),
        session.identity().client().address(),
        String.valueOf(why.getMessage()));
    tell(LastWords.violation(why));
  }

  /** The server broke the protocol, or Turnout does not understand it. */
  void brokenReply(BackendLink link, ProtocolException why) {
    LOG.error(
        "session {}: {} database: {}", session.number(), link.side().word(), why.getMessage());
    tell(LastWords.violation(why));
  }

  /** The primary's connection has ended. */
  void primaryGone(BackendLink link, @Nullable Throwable cause) {
    replies.passLastWords(link);
    if (leaving || replies.sawFatal()) {
      tell(List.of());
      return;
    }
    // The client hears what it would have heard from the server: nothing.
    if (!unreadable) {
      String reason = cause == null ? "closed by the server" : String.valueOf(cause.getMessage());
      String side = session.side().word();
      OFTEN.write(
          Level.WARN, "session {}: connection to {} lost: {}", session.number(), side, reason);
    }
    tell(List.of());
  }

  /** Tells the client, if a whole frame can be told, and ends both connections. */
  void tell(List<BackendMessage> lastWords) {
    if (ended) {
      return;
    }
    BackendLink link = session.primary();
    boolean told = replies.isAtFrame();
    ended();
    if (link != null && requests.isAtFrame()) {
      link.retire();
    } else if (link != null) {
      link.abort();
    }
    client
        .writeAndFlush(Encoding.encode(client.alloc(), told ? lastWords : List.of()))
        .addListener(sent -> client.close());
    // A timer that outlived the connection would keep all that was of the session in memory.
    ScheduledFuture<?> linger =
        session.lane().loop().schedule(() -> client.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    client.closeFuture().addListener(closed -> linger.cancel(false));
  }

  private void ended() {
    if (!ended) {
      ended = true;
      session.release();
    }
  }
}
