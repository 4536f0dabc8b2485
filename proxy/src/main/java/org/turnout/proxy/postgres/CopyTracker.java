package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.ReplyQueue.BROKEN;
import static org.turnout.proxy.postgres.ReplyQueue.COPY_END;
import static org.turnout.proxy.postgres.ReplyQueue.EXTENDED;
import static org.turnout.proxy.postgres.ReplyQueue.FUNCTION;
import static org.turnout.proxy.postgres.ReplyQueue.NONE;
import static org.turnout.proxy.postgres.ReplyQueue.OWN;
import static org.turnout.proxy.postgres.ReplyQueue.QUERY;
import static org.turnout.proxy.postgres.ReplyQueue.SYNC;

/**
 * The part of a {@link ReplyTracker} that knows of a COPY from the client: which of the messages
 * that were sent behind its beginning the server takes or ignores, and so does not answer. Confined
 * to the session's event loop; nothing is allocated.
 */
final class CopyTracker {
  private final ReplyQueue expected;

  /** The server reads COPY data. */
  private boolean reading;

  /** The server has begun to read COPY data for the simple query that is answered. */
  private boolean inQuery;

  /**
   * Syncs taken for ignored by a COPY, of which the server may have met one after the COPY failed.
   */
  private int ignoredSyncs;

  CopyTracker(ReplyQueue expected) {
    this.expected = expected;
  }

  boolean isReading() {
    return reading;
  }

  /** The server does not read data any more behind what was sent or has come. */
  void stop() {
    reading = false;
  }

  /** Something of the answer has come that is behind the COPY. */
  void answered() {
    inQuery = false;
  }

  /** Whether a Sync that is sent is one that the COPY ignores. */
  boolean ignoresSync() {
    if (reading) {
      ignoredSyncs++;
    }
    return reading;
  }

  /** Whether a Sync was ignored that the server may answer all the same; none is any more. */
  boolean forgetIgnoredSyncs() {
    boolean any = ignoredSyncs > 0;
    ignoredSyncs = 0;
    return any;
  }

  /** CopyDone or CopyFail is sent, and the server does not skip it. */
  void ended() {
    if (reading) {
      reading = false;
      inQuery = false;
    } else if (!expected.isEmpty()) {
      expected.add(COPY_END);
    }
  }

  /**
   * The server begins to read data, for what is at the head. The Syncs between that and what ends
   * the COPY are not answered.
   *
   * @return whether nothing was sent behind what it takes
   */
  boolean began() {
    boolean extended = expected.head() == EXTENDED;
    inQuery = !extended;
    ignoredSyncs = 0;
    if (extended && expected.replies() > 1) {
      // What was sent right behind ends the COPY with an error, up to which nothing is ignored.
      return false;
    }
    reading = true;
    int index = 1;
    while (index < expected.size() && reading) {
      switch (expected.kind(index)) {
        case SYNC -> {
          expected.forgo(index);
          ignoredSyncs++;
          index++;
        }
        case COPY_END -> {
          expected.forgo(index);
          inQuery = false;
          reading = false;
          index++;
        }
        case BROKEN -> {
          expected.forgo(index);
          index++;
        }
        case NONE -> index++;
        default -> reading = false;
      }
    }
    return index >= expected.size();
  }

  /**
   * An error has come.
   *
   * @param violation whether it is a protocol_violation
   * @return whether the server has met a message in the COPY that it does not answer
   */
  boolean failed(boolean violation) {
    int misplaced = violation && inQuery ? misplaced() : 0;
    if (misplaced > 0) {
      expected.forgoFirst(misplaced);
    }
    inQuery = false;
    reading = false;
    return misplaced > 0;
  }

  /**
   * Index of the entry whose first message the server has met in the COPY that the query at the
   * head began, and which has no place there; 0 when there is none.
   */
  private int misplaced() {
    for (int index = 1; index < expected.size(); index++) {
      switch (expected.kind(index)) {
        case NONE, BROKEN -> {
          // Taken or ignored.
        }
        case EXTENDED, QUERY, FUNCTION, OWN -> {
          return index;
        }
        default -> {
          return 0;
        }
      }
    }
    return 0;
  }
}
