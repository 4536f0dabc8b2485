package org.turnout.proxy.postgres;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.turnout.config.Side;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/**
 * Password verifiers as a side stores them, read off the event loop and kept for a moment, so that
 * a pool that opens its connections asks once. Safe for any thread.
 */
final class Verifiers {
  private static final long KEPT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MOST_ENTRIES = 1000;

  private final Function<Side, SideCatalogue> catalogues;
  private final Executor blocking;
  private final Map<Key, Entry> entries = new ConcurrentHashMap<>();

  private record Key(Side side, String role) {}

  private record Entry(CompletableFuture<Optional<String>> verifier, long nanos) {
    boolean isStale(long now) {
      return now - nanos > KEPT_NANOS || verifier.isCompletedExceptionally();
    }
  }

  Verifiers(Function<Side, SideCatalogue> catalogues, Executor blocking) {
    this.catalogues = catalogues;
    this.blocking = blocking;
  }

  /** Fails with {@link SyncException} when the side cannot be asked. */
  CompletableFuture<Optional<String>> of(Side side, String role) {
    long now = System.nanoTime();
    if (entries.size() > MOST_ENTRIES) {
      entries.values().removeIf(entry -> entry.isStale(now));
    }
    return entries
        .compute(
            new Key(side, role),
            (key, known) -> known == null || known.isStale(now) ? new Entry(read(key), now) : known)
        .verifier();
  }

  /** A proof by the verifier was wrong: it may have been changed since it was read. */
  void forget(Side side, String role) {
    entries.remove(new Key(side, role));
  }

  private CompletableFuture<Optional<String>> read(Key key) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return catalogues.apply(key.side()).passwordVerifier(key.role());
          } catch (SyncException e) {
            throw new CompletionException(e);
          }
        },
        blocking);
  }
}
