package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * A READ ONLY transaction of the client that the secondary runs.
 *
 * <pre>
 * begun ──reads──▶ begun ──COMMIT, ROLLBACK──▶ ended
 *   │
 *   └── a statement that is not plainly safe, or the secondary fails ──▶ the primary goes on
 * </pre>
 *
 * <p>Under READ COMMITTED each statement sees what is committed when it begins, and the primary is
 * never behind the secondary; so the primary can go on at any statement, with a transaction of its
 * own that is as far as the client's: it has read when that has read, and has failed when that has.
 * Nothing but its time of beginning tells them apart. Rule: the client meets no error here that the
 * primary would not have given, unless an answer was lost of which the client has a part. Confined
 * to the session's event loop.
 */
final class ReadTransaction {
  private static final Logger LOG = LoggerFactory.getLogger(ReadTransaction.class);
  private static final String BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

  /** Takes a snapshot, so that the transaction is one that has read. */
  private static final String READ = "SELECT 1";

  /** A statement that is nowhere, whose name tells in the log of the primary why it is wanted. */
  private static final String NOWHERE = "turnout_fails_as_the_secondary_did";

  private static final int MOST_SKIPPED = 64;

  private final PostgresSession session;
  private final ReplyTracker tracker;
  private final ReplyStream replies;
  private final ClientStream requests;
  private boolean begun;
  private boolean hasRead;

  /** What the client gets as soon as the primary has taken over. */
  private @Nullable Owed owed;

  /** Transactions that are left to the primary, because others had to move there. */
  private int skipped;

  private int nextSkipped = 1;

  private record Owed(BackendLink from, ReadAttempt attempt, ByteBuf unit, ByteBuf answer) {}

  ReadTransaction(
      PostgresSession session, ReplyTracker tracker, ReplyStream replies, ClientStream requests) {
    this.session = session;
    this.tracker = tracker;
    this.replies = replies;
    this.requests = requests;
  }

  /** Whether a transaction may be tried on the secondary; each question is about another one. */
  boolean mayBegin() {
    if (skipped > 0) {
      skipped--;
      return false;
    }
    return true;
  }

  /** Whether the secondary is inside a transaction and waits for the client. */
  boolean isOpen() {
    return session.isReading()
        && !session.reads().isUndecided()
        && tracker.status() != TransactionStatus.IDLE
        && !tracker.awaitsReply();
  }

  /**
   * The client has its answers: what the secondary says by itself from now on, its farewell among
   * others, is not for the client.
   */
  void rest() {
    BackendLink link = session.reads().active();
    if (link != null && isOpen()) {
      session.reads().resting(link, replies.takeTail());
    }
  }

  /** Takes the next unit of the client, the transaction being open. */
  Way take(ByteBuf bytes) {
    BackendLink link = session.reads().active();
    if (link == null || bytes.getByte(bytes.readerIndex()) == FrontendType.TERMINATE) {
      return Way.ON;
    }
    boolean failed = tracker.status() == TransactionStatus.FAILED;
    Way way = failed ? Way.ON : takeSafe(link, bytes);
    if (way == Way.ON) {
      session.reads().freed(link, null);
      end(link);
      if (failed) {
        fail(primary -> {});
      } else {
        unsuitable();
        goOn(List.of(), primary -> {});
      }
      return Way.ELSEWHERE;
    }
    return way;
  }

  private Way takeSafe(BackendLink link, ByteBuf bytes) {
    try {
      return session.reads().takeInside(link, bytes);
    } catch (ProtocolException e) {
      // The primary says what it thinks of it.
      return Way.ON;
    }
  }

  /** The secondary's answer to a unit goes to the client. */
  void accepted(boolean begins, boolean reads) {
    begun |= begins;
    hasRead |= reads;
  }

  /** The session is at its boundary again, and the secondary has got it there. */
  void ended() {
    if (begun) {
      nextSkipped = 1;
    }
    begun = false;
    hasRead = false;
  }

  private void unsuitable() {
    skipped = nextSkipped;
    nextSkipped = Math.min(2 * nextSkipped, MOST_SKIPPED);
  }

  /** Ends the transaction on the secondary, which is ready. */
  void end(BackendLink link) {
    Exchange.run(link, List.of(new Query("ROLLBACK")), 1)
        .whenComplete(
            (answers, failure) -> {
              if (failure == null && answers.getFirst().error() != null && !session.isEnded()) {
                session.reads().abandon(link);
              }
            });
  }

  /**
   * The secondary does not serve this unit: the primary does.
   *
   * @param refused whether that was the secondary's answer to a unit that begins a transaction
   */
  void primaryServes(ByteBuf unit, boolean refused) {
    if (refused) {
      unsuitable();
    }
    if (session.isEnded()) {
      unit.release();
    } else if (tracker.status() == TransactionStatus.IDLE) {
      session.detour().servedByPrimary(unit);
    } else {
      requests.putBack(unit);
      goOn(List.of(), primary -> {});
    }
  }

  /** The secondary is gone; the client is told at most what it has to be told. */
  void secondaryGone(BackendLink link) {
    boolean open = isOpen();
    session.reads().abandon(link);
    if (!replies.isAtFrame()) {
      session.end(List.of());
      return;
    }
    replies.dropTail();
    boolean failed = tracker.status() == TransactionStatus.FAILED;
    if (open && !failed) {
      goOn(List.of(), primary -> {});
    } else if (open) {
      fail(primary -> {});
    } else if (begun || tracker.status() != TransactionStatus.IDLE) {
      fail(primary -> answerLost(link, TransactionStatus.FAILED));
    } else {
      answerLost(link, TransactionStatus.IDLE);
      session.repliesPassed();
    }
  }

  private void answerLost(BackendLink link, TransactionStatus status) {
    session.news().tell(LastWords.readLost(link.side(), status));
    tracker.error(false, false);
    tracker.ready(status);
  }

  /**
   * The primary takes over the transaction as one that has failed, as it has on the secondary.
   *
   * @param answer the secondary's, which the client gets to this unit
   */
  void failAs(BackendLink link, ReadAttempt attempt, ByteBuf unit, ByteBuf answer) {
    owed = new Owed(link, attempt, unit, answer);
    fail(this::pay);
  }

  private void pay(BackendLink primary) {
    Owed now = owed;
    owed = null;
    if (now != null) {
      session.detour().followed(now.from(), now.attempt(), now.unit(), now.answer());
      replies.read(primary, now.answer());
    }
  }

  /** The session has ended. */
  void release() {
    Owed now = owed;
    owed = null;
    if (now != null) {
      now.unit().release();
      now.answer().release();
    }
  }

  private void fail(Consumer<BackendLink> then) {
    goOn(List.of(new Bind("", NOWHERE, List.of()), FrontendSignal.SYNC), then);
  }

  /**
   * The primary takes over the transaction, and the client goes on there.
   *
   * @param failure what makes the transaction fail, if it has to have failed
   * @param then what is done before the client goes on
   */
  private void goOn(List<FrontendMessage> failure, Consumer<BackendLink> then) {
    List<FrontendMessage> messages = new ArrayList<>(OwnStatement.run(BEGIN));
    if (hasRead) {
      messages.addAll(OwnStatement.run(READ));
    }
    messages.add(FrontendSignal.SYNC);
    messages.addAll(failure);
    int cycles = failure.isEmpty() ? 1 : 2;
    begun = false;
    hasRead = false;
    session
        .loan()
        .lendInside(
            link -> Exchange.run(link, messages, cycles),
            (link, answers) -> {
              if (answers.getFirst().error() == null) {
                then.accept(link);
              } else {
                refused(link, answers.getFirst());
              }
            });
  }

  private void refused(BackendLink link, Exchange.Answer answer) {
    LOG.warn(
        "session {}: {} does not begin a transaction: {}",
        session.number(),
        link.side().word(),
        answer.error());
    session.end(List.of());
  }
}
