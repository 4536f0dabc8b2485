package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Lets Turnout itself talk to the primary's backend of a session that stands at its boundary. The
 * client waits meanwhile. One talk at a time; a second one follows the first. Confined to the
 * session's event loop.
 */
final class Loan {
  private final PostgresSession session;
  private final ReplyStream replies;
  private boolean lent;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  Loan(PostgresSession session, ReplyStream replies) {
    this.session = session;
    this.replies = replies;
  }

  /** Whether Turnout talks to the backend now. */
  boolean isLent() {
    return lent;
  }

  /** Talks. Fails when the session does not stand at its boundary, or with the talk. */
  <T> CompletableFuture<T> borrow(Function<BackendLink, CompletableFuture<T>> talk) {
    if (lent) {
      return last.handle((result, failure) -> result).thenCompose(ended -> borrow(talk));
    }
    BackendLink link = session.primary();
    if (link == null || !session.mayBeBorrowed()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the session does not stand at its boundary"));
    }
    lent = true;
    link.conversation().takeOver(link);
    ByteBuf tail = replies.takeTail();
    if (tail != null) {
      link.conversation().read(link, tail);
    }
    CompletableFuture<T> talked =
        talk.apply(link).whenComplete((result, failure) -> giveBack(link));
    last = talked;
    return talked;
  }

  private void giveBack(BackendLink link) {
    lent = false;
    if (session.isEnded()) {
      return;
    }
    if (link.isOpen()) {
      link.conversation().handOver(link, replies);
      session.goOn();
    } else {
      session.backendGone(link, null);
    }
  }
}
