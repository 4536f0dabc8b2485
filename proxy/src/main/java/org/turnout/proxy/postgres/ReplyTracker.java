package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.ReplyQueue.BROKEN;
import static org.turnout.proxy.postgres.ReplyQueue.COPY_END;
import static org.turnout.proxy.postgres.ReplyQueue.EXTENDED;
import static org.turnout.proxy.postgres.ReplyQueue.FUNCTION;
import static org.turnout.proxy.postgres.ReplyQueue.NONE;
import static org.turnout.proxy.postgres.ReplyQueue.OWN;
import static org.turnout.proxy.postgres.ReplyQueue.QUERY;
import static org.turnout.proxy.postgres.ReplyQueue.SYNC;

import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * Knows, from the types of the frames that went by, what the server still owes the client, and so
 * whether the session stands at a boundary: no open transaction, no reply outstanding, no unsynced
 * pipeline, no COPY.
 *
 * <p>It repeats what the server does with the order of messages: after an error in an extended
 * message everything up to Sync is skipped, simple queries included; while a COPY reads from the
 * client, Sync and Flush are ignored, also those that were sent before the client could know of the
 * COPY; CopyData, CopyDone and CopyFail outside a COPY are ignored; any other message ends a COPY
 * with an error, a protocol_violation, and is not answered itself, where the COPY has not failed
 * before. Rule: a reply that nobody expects is a {@link ProtocolException}.
 *
 * <p>Confined to the session's event loop; nothing is allocated per message.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html">Message flow</a>
 */
final class ReplyTracker {
  private final ReplyQueue expected = new ReplyQueue();
  private final CopyTracker copy = new CopyTracker(expected);
  private TransactionStatus status = TransactionStatus.IDLE;

  /** Extended messages were sent and no Sync since: the transaction they are in is open. */
  private boolean unsynced;

  /** The server skips everything until the Sync that the client has not sent yet. */
  private boolean skipping;

  /** The messages that the last error refused, or had skipped, by their numbers. */
  private int refusedFrom;

  private int refusedTo;

  /** Whether the session is at its boundary. */
  boolean atBoundary() {
    return expected.isEmpty()
        && status == TransactionStatus.IDLE
        && !unsynced
        && !skipping
        && !copy.isReading();
  }

  /**
   * Whether a client's next frame belongs to something that has begun, and so has to be passed on
   * even while the gate is closed.
   */
  boolean isInsideUnit() {
    return copy.isReading()
        || skipping
        || unsynced
        || (expected.isEmpty() && status != TransactionStatus.IDLE);
  }

  /** Whether the server skips what it is sent, up to the next Sync. */
  boolean isSkipping() {
    return skipping;
  }

  /** The number of the last message that was sent and is answered; it goes round. */
  int lastSent() {
    return expected.end() - 1;
  }

  /** Whether all of the answer to this message has come, by its number. */
  boolean isAnswered(int message) {
    return message - expected.next() < 0;
  }

  /** Whether the last error was the answer to this message, by its number. */
  boolean hasRefused(int message) {
    return message == refusedFrom && refusedTo != refusedFrom;
  }

  /** Whether by the last error the server has not done what this message says, by its number. */
  boolean hasUndone(int message) {
    return hasRefused(message) || hasSkipped(message);
  }

  /** Whether an answer to a message of Turnout's own is to come. */
  boolean awaitsOwn() {
    return expected.contains(OWN);
  }

  /** Whether by the last error the server skipped this message, by its number. */
  boolean hasSkipped(int message) {
    return message - refusedFrom > 0 && message - refusedTo < 0;
  }

  TransactionStatus status() {
    return status;
  }

  /** Whether the server works on something for the client. */
  boolean awaitsReply() {
    return !expected.isEmpty() || copy.isReading();
  }

  /**
   * A client's frame is passed on. Returns whether it ends a query cycle.
   *
   * @param size of the whole frame
   */
  boolean sent(byte type, int size) {
    switch (type) {
      case FrontendType.PARSE,
          FrontendType.BIND,
          FrontendType.DESCRIBE,
          FrontendType.EXECUTE,
          FrontendType.CLOSE -> {
        copy.stop();
        unsynced = true;
        expect(EXTENDED);
      }
      case FrontendType.QUERY -> {
        copy.stop();
        unsynced = false;
        expect(QUERY);
        return true;
      }
      case FrontendType.FUNCTION_CALL -> {
        copy.stop();
        unsynced = false;
        expect(FUNCTION);
        return true;
      }
      case FrontendType.SYNC -> {
        return sync();
      }
      case FrontendType.COPY_DONE, FrontendType.COPY_FAIL -> {
        if (!skipping) {
          copy.ended();
        }
      }
      case FrontendType.FLUSH -> {
        if (size > Frames.HEADER && !copy.isReading()) {
          unsynced = true;
          expect(BROKEN);
        }
      }
      default -> {
        // CopyData, Terminate, and what the server will refuse: nothing is answered.
      }
    }
    return false;
  }

  /** Turnout puts an extended message of its own in front of the client's next one. */
  void sentOwn() {
    unsynced = true;
    expected.add(OWN);
  }

  /** Whether the server's next frame, of this type, answers a message of Turnout's own. */
  boolean answersOwn(byte type) {
    return !expected.isEmpty() && expected.head() == OWN && isOfAnswers(type);
  }

  private static boolean isOfAnswers(byte type) {
    return switch (type) {
      case BackendType.PARSE_COMPLETE,
          BackendType.BIND_COMPLETE,
          BackendType.CLOSE_COMPLETE,
          BackendType.PARAMETER_DESCRIPTION,
          BackendType.ROW_DESCRIPTION,
          BackendType.NO_DATA,
          BackendType.DATA_ROW,
          BackendType.COMMAND_COMPLETE,
          BackendType.NOTICE_RESPONSE ->
          true;
      default -> false;
    };
  }

  /** That frame has come. */
  void receivedOwn(byte type) {
    boolean part =
        type == BackendType.PARAMETER_DESCRIPTION
            || type == BackendType.DATA_ROW
            || type == BackendType.NOTICE_RESPONSE;
    if (!part) {
      replied();
    }
  }

  /** A server's frame has come, any but ReadyForQuery and ErrorResponse. */
  void received(byte type) {
    switch (type) {
      case BackendType.DATA_ROW,
          BackendType.COPY_DATA,
          BackendType.COPY_DONE,
          BackendType.PARAMETER_DESCRIPTION,
          BackendType.NOTICE_RESPONSE,
          BackendType.NOTIFICATION_RESPONSE,
          BackendType.PARAMETER_STATUS -> {
        // Parts of a reply, or what may come at any time.
      }
      case BackendType.COMMAND_COMPLETE,
          BackendType.EMPTY_QUERY_RESPONSE,
          BackendType.ROW_DESCRIPTION -> {
        copy.answered();
        replyInQueryOrExtended(type);
      }
      case BackendType.PARSE_COMPLETE,
          BackendType.BIND_COMPLETE,
          BackendType.CLOSE_COMPLETE,
          BackendType.NO_DATA,
          BackendType.PORTAL_SUSPENDED -> {
        require(EXTENDED, type);
        replied();
      }
      case BackendType.FUNCTION_CALL_RESPONSE -> require(FUNCTION, type);
      case BackendType.COPY_IN_RESPONSE,
          BackendType.COPY_OUT_RESPONSE,
          BackendType.COPY_BOTH_RESPONSE -> {
        if (!mayBeginCopy()) {
          throw unexpected(type);
        }
        if (type == BackendType.COPY_IN_RESPONSE) {
          boolean extended = expected.head() == EXTENDED;
          if (copy.began()) {
            unsynced = extended;
          }
        }
      }
      default -> throw unexpected(type);
    }
  }

  /**
   * An ErrorResponse has come.
   *
   * @param fatal whether the server ends the connection with it, which it may do at any time
   * @param violation whether it is a protocol_violation
   */
  void error(boolean fatal, boolean violation) {
    if (fatal) {
      return;
    }
    if (copy.failed(violation) && !expected.contains(EXTENDED)) {
      unsynced = false;
    }
    refusedFrom = expected.next();
    refusedTo = refusedFrom;
    if (expected.isEmpty()) {
      if (!unsynced) {
        throw unexpected(BackendType.ERROR_RESPONSE);
      }
      skipping = true;
    } else if (isExtended(expected.head())) {
      skipToSync();
    }
  }

  /** ReadyForQuery has come. */
  void ready(TransactionStatus next) {
    copy.answered();
    dropUnanswered();
    if (expected.isEmpty()) {
      if (!copy.forgetIgnoredSyncs()) {
        throw unexpected(BackendType.READY_FOR_QUERY);
      }
      // The COPY failed before the server had read a Sync that was sent with it.
      skipping = false;
      unsynced = false;
    } else {
      if (isExtended(expected.head())) {
        throw unexpected(BackendType.READY_FOR_QUERY);
      }
      expected.remove();
      dropUnanswered();
    }
    copy.stop();
    status = next;
  }

  private boolean sync() {
    if (copy.ignoresSync()) {
      return false;
    }
    skipping = false;
    unsynced = false;
    expected.add(SYNC);
    return true;
  }

  private void expect(int kind) {
    if (!skipping) {
      expected.add(kind);
    }
  }

  private void replyInQueryOrExtended(byte type) {
    if (expected.isEmpty()) {
      throw unexpected(type);
    }
    if (expected.head() == EXTENDED) {
      replied();
    } else if (expected.head() != QUERY) {
      throw unexpected(type);
    }
  }

  private void replied() {
    expected.replied();
    dropUnanswered();
  }

  private boolean mayBeginCopy() {
    return !expected.isEmpty() && (expected.head() == QUERY || expected.head() == EXTENDED);
  }

  private void skipToSync() {
    while (!expected.isEmpty() && expected.head() != SYNC) {
      expected.remove();
    }
    skipping = expected.isEmpty();
    refusedTo = expected.next();
  }

  private void dropUnanswered() {
    while (!expected.isEmpty() && isUnanswered(expected.head())) {
      expected.remove();
    }
  }

  /** Whether an error in the answer has the server skip what follows. */
  private static boolean isExtended(int kind) {
    return kind == EXTENDED || kind == OWN || kind == BROKEN;
  }

  private static boolean isUnanswered(int kind) {
    return kind == COPY_END || kind == NONE;
  }

  private void require(int kind, byte type) {
    if (expected.isEmpty() || expected.head() != kind) {
      throw unexpected(type);
    }
  }

  private static ProtocolException unexpected(byte type) {
    return new ProtocolException(
        "the server sent '%c', which answers nothing that it was asked".formatted(type & 0xff));
  }
}
