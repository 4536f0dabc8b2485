package org.turnout.proxy.postgres;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/**
 * Password verifiers as a side stores them, read off the event loop. Of one role one question is
 * under way at a time: who comes meanwhile shares the next one, so that a pool that opens its
 * connections asks little. Rule: a question begins after those came who get its answer; a password
 * that was changed holds from the next connection on, as by a server. Safe for any thread.
 */
final class Verifiers {
  private final Function<Side, SideCatalogue> catalogues;
  private final Executor blocking;
  private final Map<Key, Questions> questions = new HashMap<>();

  private record Key(Side side, String role) {}

  /** What is asked of one role. */
  private static final class Questions {
    private boolean underWay;

    /** The answer to the question that has not begun; null while nobody waits for one. */
    private @Nullable CompletableFuture<Optional<String>> next;
  }

  Verifiers(Function<Side, SideCatalogue> catalogues, Executor blocking) {
    this.catalogues = catalogues;
    this.blocking = blocking;
  }

  /** Fails with {@link SyncException} when the side cannot be asked. */
  synchronized CompletableFuture<Optional<String>> of(Side side, String role) {
    Key key = new Key(side, role);
    Questions ofRole = questions.computeIfAbsent(key, none -> new Questions());
    CompletableFuture<Optional<String>> answer = ofRole.next;
    if (answer == null) {
      answer = new CompletableFuture<>();
      ofRole.next = answer;
    }
    if (!ofRole.underWay) {
      begin(key, ofRole, answer);
    }
    return answer;
  }

  private void begin(Key key, Questions ofRole, CompletableFuture<Optional<String>> answer) {
    ofRole.next = null;
    ofRole.underWay = true;
    CompletableFuture<Optional<String>> reading = new CompletableFuture<>();
    reading.whenComplete(
        (found, failure) -> {
          ended(key, ofRole);
          if (failure == null) {
            answer.complete(found);
          } else {
            answer.completeExceptionally(failure);
          }
        });
    reading.completeAsync(() -> read(key), blocking);
  }

  private synchronized void ended(Key key, Questions ofRole) {
    ofRole.underWay = false;
    CompletableFuture<Optional<String>> waiting = ofRole.next;
    if (waiting != null) {
      begin(key, ofRole, waiting);
    } else {
      questions.remove(key);
    }
  }

  private Optional<String> read(Key key) {
    try {
      return catalogues.apply(key.side()).passwordVerifier(key.role());
    } catch (SyncException e) {
      throw new CompletionException(e);
    }
  }
}
