package org.turnout.proxy.postgres;

import org.turnout.protocol.postgres.ProtocolException;

/**
 * The parts of a server's answer that are still to come, in order: a ring of small numbers. Runs of
 * extended messages are one entry with a count. Confined to an event loop; allocates only to grow.
 */
final class ReplyQueue {
  /** One reply to each of a run of Parse, Bind, Describe, Execute and Close messages. */
  static final int EXTENDED = 0;

  /** What ends with the ReadyForQuery of a simple query. */
  static final int QUERY = 1;

  /** The ReadyForQuery of a Sync. */
  static final int SYNC = 2;

  /** What ends with the ReadyForQuery of a function call. */
  static final int FUNCTION = 3;

  /** No reply at all: where the client ended a COPY that the server may or may not have begun. */
  static final int COPY_END = 4;

  /** The reply to a message of Turnout's own, which the client is not to see. */
  static final int OWN = 5;

  /** No reply at all: what a COPY took or ignored. */
  static final int NONE = 6;

  /** An error, or no reply at all where a COPY takes it: of a Flush that is none. */
  static final int BROKEN = 7;

  private static final int KIND_BITS = 3;
  private static final int KIND_MASK = (1 << KIND_BITS) - 1;
  private static final int LARGEST = 1 << 20;

  private int[] ring = new int[8];
  private int head;
  private int size;

  /** Replies that were ever expected, and those that are not any more; both go round. */
  private int added;

  private int gone;

  /** Those of the messages right behind the head that are not any more. */
  private int passedOver;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** Kind of the reply that comes next; the queue is not empty. */
  int head() {
    return ring[head] & KIND_MASK;
  }

  /** How many replies of that kind come next. */
  int replies() {
    return ring[head] >>> KIND_BITS;
  }

  int kind(int index) {
    return ring[head + index & ring.length - 1] & KIND_MASK;
  }

  /** The number of the reply that comes next. */
  int next() {
    return gone;
  }

  /** The number of the reply that will be expected next. */
  int end() {
    return added;
  }

  /** Whether a reply of the kind is to come. */
  boolean contains(int kind) {
    for (int i = 0; i < size; i++) {
      if (kind(i) == kind) {
        return true;
      }
    }
    return false;
  }

  void add(int kind) {
    added++;
    if (kind == EXTENDED && size > 0) {
      int last = head + size - 1 & ring.length - 1;
      if ((ring[last] & KIND_MASK) == EXTENDED) {
        ring[last] += 1 << KIND_BITS;
        return;
      }
    }
    if (size == ring.length) {
      grow();
    }
    ring[head + size & ring.length - 1] = 1 << KIND_BITS | kind;
    size++;
  }

  /** One reply of the head's kind has come. */
  void replied() {
    ring[head] -= 1 << KIND_BITS;
    if (ring[head] >>> KIND_BITS == 0) {
      remove();
    }
    gone++;
  }

  /** Drops the whole entry at the head. */
  void remove() {
    gone += (ring[head] >>> KIND_BITS) + passedOver;
    passedOver = 0;
    head = head + 1 & ring.length - 1;
    size--;
  }

  /** There is no reply to the entry at {@code index}, counted from the head, after all. */
  void forgo(int index) {
    int at = head + index & ring.length - 1;
    ring[at] = (ring[at] & ~KIND_MASK) | NONE;
  }

  /**
   * There is no reply to the first message of the entry at {@code index}, before which there is
   * nothing to be answered but the one message at the head.
   */
  void forgoFirst(int index) {
    int at = head + index & ring.length - 1;
    passedOver++;
    ring[at] -= 1 << KIND_BITS;
    if (ring[at] >>> KIND_BITS == 0) {
      for (int i = index; i < size - 1; i++) {
        ring[head + i & ring.length - 1] = ring[head + i + 1 & ring.length - 1];
      }
      size--;
    }
  }

  private void grow() {
    if (size >= LARGEST) {
      throw new ProtocolException("more than " + LARGEST + " messages are unanswered");
    }
    int[] larger = new int[2 * size];
    for (int i = 0; i < size; i++) {
      larger[i] = ring[head + i & ring.length - 1];
    }
    ring = larger;
    head = 0;
  }
}
