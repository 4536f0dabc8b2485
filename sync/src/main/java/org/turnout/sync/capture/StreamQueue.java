package org.turnout.sync.capture;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.Lsn;

/**
 * Hands the stream from the thread that reads it to the thread that applies it. Bounded in bytes:
 * one piece more than the bound may be in it, so that a piece of any size passes. One writer, one
 * reader; {@link #nudge} and {@link #fail} are for any thread.
 */
public final class StreamQueue {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition emptied = lock.newCondition();
  private final ArrayDeque<StreamItem> items = new ArrayDeque<>();
  private final long bound;
  private long bytes;
  private boolean nudged;
  private @Nullable Exception failure;

  /** An empty queue for so many bytes. */
  public StreamQueue(long bound) {
    this.bound = bound;
  }

  /**
   * Adds a piece; a position replaces one that is still the newest piece.
   *
   * @return false when the queue stayed full for that long: nothing was added
   */
  public boolean offer(StreamItem item, long timeout, TimeUnit unit) throws InterruptedException {
    long left = unit.toNanos(timeout);
    lock.lockInterruptibly();
    try {
      while (bytes >= bound && failure == null) {
        if (left <= 0) {
          return false;
        }
        left = emptied.awaitNanos(left);
      }
      items.addLast(replacing(item));
      bytes += item.size();
      filled.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private StreamItem replacing(StreamItem item) {
    if (item instanceof StreamItem.Position(Lsn reached, boolean asked)
        && items.peekLast() instanceof StreamItem.Position before) {
      items.removeLast();
      return new StreamItem.Position(reached, asked || before.asked());
    }
    return item;
  }

  /**
   * The next piece, which stays; waits for one.
   *
   * @return null when there is none and {@link #nudge} was called since the last null
   * @throws Exception what the writer failed with, once everything before it was taken
   */
  public @Nullable StreamItem peek() throws Exception {
    lock.lockInterruptibly();
    try {
      while (items.isEmpty()) {
        if (failure != null) {
          throw failure;
        }
        if (nudged) {
          nudged = false;
          return null;
        }
        filled.await();
      }
      return items.peekFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Takes away what {@link #peek} returned, unless a later position has taken its place. */
  public void remove(StreamItem item) {
    lock.lock();
    try {
      if (!item.equals(items.peekFirst())) {
        return;
      }
      items.removeFirst();
      boolean full = bytes >= bound;
      bytes -= item.size();
      if (full && bytes < bound) {
        emptied.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  public boolean isEmpty() {
    lock.lock();
    try {
      return items.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets the reader, who waits for something else, wait so long, without taking anything.
   *
   * @throws Exception what the writer failed with
   */
  public void linger(long nanos) throws Exception {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (left > 0 && failure == null) {
        left = filled.awaitNanos(left);
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets a reader that waits for a piece look at what else it was asked to do. */
  public void nudge() {
    lock.lock();
    try {
      nudged = true;
      filled.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the queue: the reader gets this failure behind the last piece. The first one counts. */
  public void fail(Exception cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      filled.signal();
      emptied.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Looks at the pieces in order without taking them, waiting for more as long as the queue has
   * room.
   *
   * @return what the search said first, or {@link Search#UNDECIDED} when the queue is full
   */
  public Search search(Searcher searcher) throws Exception {
    lock.lockInterruptibly();
    try {
      int seen = 0;
      while (true) {
        int index = 0;
        for (StreamItem item : items) {
          if (index++ >= seen) {
            Search answer = searcher.look(item);
            if (answer != Search.UNDECIDED) {
              return answer;
            }
          }
        }
        // The last one may be a position that a later one replaces.
        seen = Math.max(0, items.size() - 1);
        if (bytes >= bound) {
          return Search.UNDECIDED;
        }
        if (failure != null) {
          throw failure;
        }
        filled.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Answer of a search. */
  public enum Search {
    FOUND,
    ABSENT,
    UNDECIDED
  }

  /** Judges one piece; {@link Search#UNDECIDED} asks for the next. */
  @FunctionalInterface
  public interface Searcher {
    Search look(StreamItem item);
  }
}
