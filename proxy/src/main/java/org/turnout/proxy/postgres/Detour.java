package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.proxy.session.LaneCounters;

/**
 * What of a client's units does not go straight to the primary: reads that the secondary serves.
 * Rule: a unit that comes back from the secondary goes to the primary, and nowhere else. Confined
 * to the session's event loop.
 */
final class Detour {
  private final PostgresSession session;
  private final SecondaryReads reads;
  private final ReadTransaction transaction;
  private final ReplyTracker tracker;
  private final ReplyStream replies;
  private final ClientStream requests;
  private final SessionWords words;
  private final LaneCounters counters;

  /** The unit at the head of the client's bytes came back from the secondary. */
  private boolean returned;

  Detour(
      PostgresSession session,
      SecondaryReads reads,
      ReadTransaction transaction,
      ReplyTracker tracker,
      ReplyStream replies,
      ClientStream requests,
      SessionWords words) {
    this.session = session;
    this.reads = reads;
    this.transaction = transaction;
    this.tracker = tracker;
    this.replies = replies;
    this.requests = requests;
    this.words = words;
    this.counters = session.lane().counters();
  }

  /**
   * Sends the unit at the head of the client's bytes, who stands at the boundary, elsewhere than to
   * the primary.
   */
  Way takes(ByteBuf bytes) {
    return !returned && reads.areOn() ? reads.take(bytes) : Way.ON;
  }

  /**
   * The client asks to cancel a unit that waits, and that nobody has begun.
   *
   * @param length its bytes; 0 when it is not whole: then nothing is done, as by a server that has
   *     not met it yet
   */
  void cancelUnit(int length) {
    if (length > 0) {
      requests.drop(length);
      session.news().tell(LastWords.cancelled());
      requests.pump();
    }
  }

  /** The secondary answers the unit: it is followed as if it were the primary. */
  void servedBySecondary(BackendLink link, ReadAttempt attempt, ByteBuf unit, ByteBuf answer) {
    followed(link, attempt, unit, answer);
    link.receiver(replies);
    replies.read(link, answer);
  }

  /** The client gets an answer to the unit that the given link has given. */
  void followed(BackendLink link, ReadAttempt attempt, ByteBuf unit, ByteBuf answer) {
    int index = unit.readerIndex();
    while (index < unit.writerIndex()) {
      byte type = unit.getByte(index);
      int size = Frames.size(unit, index, Frames.MESSAGE_LIMIT);
      if (tracker.sent(type, size)) {
        counters.queryForwarded(link.side());
      }
      if (type == FrontendType.PARSE) {
        words.unnamed().parse(unit, index, size, size);
        words.unnamed().wentElsewhere();
      } else if (type == FrontendType.QUERY) {
        words.unnamed().endedElsewhere();
      }
      index += size;
    }
    attempt.tell(words.unnamed(), answer);
    unit.release();
  }

  /** The secondary did not answer the unit: it goes to the primary, as if it had just come. */
  void servedByPrimary(ByteBuf unit) {
    if (session.isEnded()) {
      unit.release();
      return;
    }
    returned = true;
    requests.putBack(unit);
    requests.pump();
  }

  /** Whether the unit at the head has to go to the primary, also while the gate is closed. */
  boolean isOver() {
    return returned;
  }

  /** A frame goes to the primary. */
  void passing() {
    returned = false;
  }

  /**
   * A unit has ended at the boundary, wherever it was served.
   *
   * @param ran whether there was one
   */
  void unitEnded(boolean ran, long nanos) {
    BackendLink secondary = reads.active();
    if (secondary == null) {
      if (ran) {
        reads.primaryEnded(nanos);
      }
      return;
    }
    transaction.ended();
    reads.freed(secondary, replies.takeTail());
    BackendLink primary = session.primary();
    if (primary != null) {
      replies.readDeferred(primary);
    }
  }
}
