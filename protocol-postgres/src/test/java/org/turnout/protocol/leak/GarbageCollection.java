package org.turnout.protocol.leak;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** Makes sure that references to what is garbage now have reached their queues. */
final class GarbageCollection {
  private static final long ENOUGH_MILLIS = 30_000;

  private GarbageCollection() {}

  /**
   * Two collections, each awaited by a reference of its own: the runtime hands over the references
   * of one collection completely before it takes those of the next.
   */
  static void await() throws InterruptedException {
    collect();
    collect();
  }

  private static void collect() throws InterruptedException {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<@Nullable Object> witness = witness(queue);
    System.gc();
    if (queue.remove(ENOUGH_MILLIS) != witness) {
      throw new IllegalStateException(
          "no garbage collection happened; leaks cannot be found with -XX:+DisableExplicitGC");
    }
  }

  /** In a method of its own, so that no local variable keeps the object alive. */
  private static WeakReference<@Nullable Object> witness(ReferenceQueue<Object> queue) {
    return new WeakReference<>(new Object(), queue);
  }
}
