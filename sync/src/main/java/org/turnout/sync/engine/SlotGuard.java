package org.turnout.sync.engine;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.side.PostgresSide;

/**
 * Watches how much log the source keeps for Turnout, so that a sync that does not get on never
 * fills the disk of the primary: above the limit the slot is dropped and the sync ends. A thread of
 * its own, from the making of the slot to the end of the stream.
 */
final class SlotGuard implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SlotGuard.class);
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final PostgresSide source;
  private final ReplicationSlot slot;
  private final long limit;
  private final Consumer<String> end;
  private final Thread thread;
  private volatile long retained;
  private volatile boolean closed;

  /**
   * A guard that has not begun.
   *
   * @param limit bytes of log that the source may keep
   * @param end ends the sync, with the reason; the slot is dropped afterwards
   */
  SlotGuard(PostgresSide source, ReplicationSlot slot, long limit, Consumer<String> end) {
    this.source = source;
    this.slot = slot;
    this.limit = limit;
    this.end = end;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("turnout-" + source.route() + "-slot")
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Bytes of log that the source keeps for Turnout, as last seen. */
  long retainedBytes() {
    return retained;
  }

  private void run() {
    while (!closed) {
      try {
        look();
      } catch (SyncException e) {
        log.debug("The slot could not be looked at", e);
      }
      if (!closed) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  private void look() throws SyncException {
    Optional<ReplicationSlot.State> state = slot.state();
    retained = state.map(ReplicationSlot.State::retainedBytes).orElse(0L);
    if (retained > limit && !closed) {
      closed = true;
      end.accept(
          source
              + " kept "
              + retained
              + " bytes of its log for the sync, more than the "
              + limit
              + " that it may. The replication slot was dropped so that its disk does not fill;"
              + " changes are missing from now on. Find out why the other side did not keep up,"
              + " then remove the sync and start it anew.");
      slot.drop();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
