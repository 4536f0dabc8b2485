package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.proxy.session.LaneCounters;

/**
 * The way of a client's frames to the primary: whether the next one may go on now, and who has to
 * know of it when it does. Rule: what belongs to a unit that has begun always goes on; what would
 * begin one waits while the gate is closed. Confined to the session's event loop.
 */
final class Passage {
  private final PostgresSession session;
  private final SessionGate gate;
  private final ReplyTracker tracker;
  private final SessionWords words;
  private final StateGeneration generation;
  private final SecondaryReads reads;
  private final ReadTransaction transaction;
  private final Detour detour;
  private final LaneCounters counters;
  private final BroughtStatements brought;
  private final Restoration restoration;
  private final boolean plain;

  /**
   * @param plain whether frames are passed on without being followed: a replication connection
   */
  Passage(
      PostgresSession session,
      SessionGate gate,
      ReplyTracker tracker,
      SessionWords words,
      BroughtStatements brought,
      StateGeneration generation,
      SecondaryReads reads,
      ReadTransaction transaction,
      Detour detour,
      boolean plain) {
    this.session = session;
    this.gate = gate;
    this.tracker = tracker;
    this.words = words;
    this.generation = generation;
    this.reads = reads;
    this.transaction = transaction;
    this.detour = detour;
    this.counters = session.lane().counters();
    this.brought = brought;
    this.restoration = new Restoration(tracker, words.unnamed(), brought, generation);
    this.plain = plain;
  }

  /** Where the unit at the head of the client's bytes goes. */
  Way way(ByteBuf bytes) {
    if (plain) {
      return Way.ON;
    }
    if (transaction.isOpen()) {
      return transaction.take(bytes);
    }
    return !gate.isRunning() && !gate.isClosed() && tracker.atBoundary()
        ? detour.takes(bytes)
        : Way.ON;
  }

  /** Whether the next frame of the client may go on now. */
  boolean mayPass(byte type) {
    return !gate.isClosed()
        || plain
        || detour.isOver()
        || tracker.isInsideUnit()
        || type == FrontendType.TERMINATE;
  }

  /** A frame of the client goes on, of which {@code there} bytes are in the buffer. */
  void passing(byte type, ByteBuf bytes, int index, int there, int size) {
    gate.began();
    detour.passing();
    generation.frame();
    if (type == FrontendType.TERMINATE) {
      session.ending().leaving();
    } else {
      session.news().asked();
    }
    if (plain) {
      return;
    }
    boolean skipped = tracker.isSkipping() && type != FrontendType.SYNC;
    if (tracker.sent(type, size)) {
      counters.queryForwarded(session.side());
    }
    if (skipped) {
      reads.observer().skipped();
      return;
    }
    reads.observer().passing(type, bytes, index, there, size, reads.areOn());
    words.frame(type, bytes, index, there, size);
    brought.frame(type, bytes, index, there, size);
  }

  /** Whether the primary has to be given a statement before the frame. */
  Restoration.Need needsRestored(byte type, ByteBuf bytes, int index) {
    return plain || tracker.isSkipping()
        ? Restoration.Need.NO
        : restoration.isNeeded(type, bytes, index);
  }

  /** Gives the primary that statement, behind what has gone on. */
  void restore(ByteBuf bytes, int index) {
    BackendLink link = session.primary();
    if (link != null) {
      gate.began();
      restoration.begin(link, bytes.getByte(index), bytes, index);
    }
  }

  /** How the primary is given what it lacks. */
  Restoration restoration() {
    return restoration;
  }

  /** More of a frame goes on. */
  void passingOn(ByteBuf bytes, int index, int count) {
    words.more(bytes, index, count);
    brought.more(bytes, index, count);
  }

  void toBackend(ByteBuf bytes) {
    BackendLink link = session.primary();
    if (link == null) {
      bytes.release();
      return;
    }
    link.channel().writeAndFlush(bytes, link.channel().voidPromise());
  }

  boolean backendTakesMore() {
    BackendLink link = session.primary();
    return link != null && link.channel().isWritable();
  }

  /** The client has sent something that may not go on now: it may be that the gate has to open. */
  void heldBack() {
    if (gate.isClosed() && tracker.atBoundary()) {
      gate.hold(true);
    }
  }

  /** Whether what would begin now waits for the gate. */
  boolean isBarred() {
    return gate.isClosed();
  }

  /** Whether the primary may be told that the client says no more: nobody else answers it. */
  boolean mayEnd() {
    return !session.isReading() || !tracker.awaitsReply();
  }
}
