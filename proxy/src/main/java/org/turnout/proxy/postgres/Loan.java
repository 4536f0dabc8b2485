package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
    return lend(link, talk, (other, result) -> {});
  }

  /**
   * Talks although the session is inside a unit, of which the primary knows nothing yet.
   *
   * @param then is given the result before the client goes on; not called when the talk fails
   */
  <T> void lendInside(
      Function<BackendLink, CompletableFuture<T>> talk, BiConsumer<BackendLink, T> then) {
    BackendLink link = session.primary();
    if (link == null || lent) {
      throw new IllegalStateException("the primary is not there to be talked to");
    }
    lend(link, talk, then);
  }

  private <T> CompletableFuture<T> lend(
      BackendLink link,
      Function<BackendLink, CompletableFuture<T>> talk,
      BiConsumer<BackendLink, T> then) {
    lent = true;
    link.conversation().takeOver(link);
    ByteBuf tail = replies.takeTail();
    if (tail != null) {
      link.conversation().read(link, tail);
    }
    ByteBuf deferred = replies.takeDeferred();
    if (deferred != null) {
      link.conversation().read(link, deferred);
    }
    CompletableFuture<T> talked =
        talk.apply(link).whenComplete((result, failure) -> giveBack(link, result, then));
    last = talked;
    return talked;
  }

  private <T> void giveBack(BackendLink link, @Nullable T result, BiConsumer<BackendLink, T> then) {
    lent = false;
    if (session.isEnded()) {
      return;
    }
    if (!link.isOpen()) {
      session.backendGone(link, null);
      return;
    }
    link.conversation().handOver(link, replies);
    if (result != null) {
      then.accept(link, result);
    }
    session.goOn();
  }
}
