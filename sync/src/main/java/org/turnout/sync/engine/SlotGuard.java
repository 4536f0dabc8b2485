package org.turnout.sync.engine;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.PostgresSide;

/**
 * Watches how much log one side keeps for the slots of the route, so that a sync that does not get
 * on never fills a disk: a slot above the limit is given up. It goes by the slots that are there,
 * whether a stream reads them or not: while the mirror is off or the other side is down nobody
 * does, and just then they grow. A thread of its own for the life of the engine, which rests while
 * there is no slot until it is told to look.
 */
final class SlotGuard implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SlotGuard.class);
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final PostgresSide side;
  private final long limit;
  private final Ending ending;
  private final Thread thread;
  private volatile long retained;
  private volatile Optional<GivenUp> givenUp = Optional.empty();
  private volatile boolean expected;
  private volatile boolean told;
  private volatile boolean closed;

  /** Ends the stream of a slot that is given up, if it runs; any number of times. */
  @FunctionalInterface
  interface Ending {
    void end(PostgresSide side, StreamName slot, String reason);
  }

  /** A slot that kept too much, and what has become of it, for the operator. */
  record GivenUp(StreamName slot, String reason) {}

  /**
   * A guard that rests.
   *
   * @param limit bytes of log that the side may keep for a slot
   */
  SlotGuard(PostgresSide side, long limit, Ending ending) {
    this.side = side;
    this.limit = limit;
    this.ending = ending;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + side.route() + "-slot-" + side.side().word())
            .unstarted(this::run);
  }

  /** Looks soon, and goes on looking as long as there is a slot; returns at once. */
  synchronized void look() {
    told = true;
    if (thread.getState() == Thread.State.NEW && !closed) {
      thread.start();
    }
    LockSupport.unpark(thread);
  }

  /** Whether a slot is about to come into being, so that it is looked for all the time. */
  void expect(boolean slot) {
    expected = slot;
    if (slot) {
      look();
    }
  }

  /** Bytes of log that the side keeps for the slot that keeps most, as last seen. */
  long retainedBytes() {
    return retained;
  }

  /** The slot that was given up, if one was. */
  Optional<GivenUp> givenUp() {
    return givenUp;
  }

  /** The sync begins anew, or is removed: what was given up says nothing any more. */
  void forget() {
    retained = 0;
    givenUp = Optional.empty();
  }

  private void run() {
    boolean seen = false;
    while (!closed) {
      told = false;
      try {
        seen = lookNow();
      } catch (SyncException e) {
        log.debug("The slots could not be looked at", e);
      } catch (RuntimeException bug) {
        log.error("A bug kept the slots of {} from being looked at", side, bug);
      }
      if (seen || expected) {
        LockSupport.parkNanos(LOOK_NANOS);
      } else {
        while (!told && !closed) {
          LockSupport.park();
        }
      }
    }
  }

  private boolean lookNow() throws SyncException {
    Map<StreamName, Long> slots = ReplicationSlot.retained(side);
    retained = slots.values().stream().mapToLong(Long::longValue).max().orElse(0);
    for (Map.Entry<StreamName, Long> slot : slots.entrySet()) {
      if (slot.getValue() > limit && !closed) {
        giveUp(slot.getKey(), slot.getValue());
      }
    }
    return !slots.isEmpty();
  }

  private void giveUp(StreamName slot, long bytes) {
    String reason =
        side
            + " kept "
            + bytes
            + " bytes of its log for the sync, more than the "
            + limit
            + " that it may, so its replication slot is given up before its disk is full; changes"
            + " are missing from now on. Find out why the other side did not keep up, then remove"
            + " the sync and start it anew. The slot ";
    boolean first = givenUp.filter(given -> given.slot().equals(slot)).isEmpty();
    note(slot, reason + "is being dropped.");
    ending.end(side, slot, reason + "is dropped.");
    try {
      new ReplicationSlot(side, slot).drop();
      retained = 0;
      note(slot, reason + "was dropped.");
      log.error("{}", reason + "was dropped.");
    } catch (SyncException e) {
      note(slot, reason + "is still there, and dropping it is tried again: " + e.getMessage());
      if (first) {
        log.error("The replication slot {} could not be dropped and is tried again", slot, e);
      }
    }
  }

  private void note(StreamName slot, String sentence) {
    givenUp = Optional.of(new GivenUp(slot, sentence));
  }

  @Override
  public synchronized void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
