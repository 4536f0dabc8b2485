package org.turnout.sync.apply;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.turnout.sync.SyncException;

/**
 * Markers on their way through the source's log. Completed by the applier, in a thread of its own
 * each, so that no waiter's work holds up the applier. Any thread.
 */
final class Markers {
  /** What the messages of Turnout are marked with in the log. */
  static final String PREFIX = "turnout";

  private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

  /** A marker to be written. */
  record Marker(String content, CompletableFuture<Void> applied) {}

  Marker create() {
    String content = UUID.randomUUID().toString();
    CompletableFuture<Void> applied = new CompletableFuture<>();
    waiting.put(content, applied);
    return new Marker(content, applied);
  }

  /** Everything before the marker is committed on the target. */
  void applied(Iterable<String> contents) {
    for (String content : contents) {
      CompletableFuture<Void> marker = waiting.remove(content);
      if (marker != null) {
        Thread.startVirtualThread(() -> marker.complete(null));
      }
    }
  }

  /** The marker could not be written. */
  void failed(Marker marker, SyncException cause) {
    waiting.remove(marker.content());
    marker.applied().completeExceptionally(cause);
  }

  /** Nothing that is on its way may still be waited for. */
  void failAll(SyncException cause) {
    for (String content : waiting.keySet()) {
      CompletableFuture<Void> marker = waiting.remove(content);
      if (marker != null) {
        Thread.startVirtualThread(() -> marker.completeExceptionally(cause));
      }
    }
  }
}
