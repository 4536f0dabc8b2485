package org.turnout.proxy.gate;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The gate as the sessions of one event loop see it.
 *
 * <p>Sessions count themselves: {@link #began} when one leaves its boundary, {@link #ended} when it
 * is back or gone. While the gate is closed a session asks {@link #isClosed} before it would begin
 * something new, and queues itself by {@link #hold} instead. Rule: nothing begins while closed, so
 * once the count has reached zero it stays there until the gate opens.
 *
 * <p>Confined to its event loop, except {@link #running}, which anyone may read.
 */
public final class LaneGate {
  private final EventExecutor loop;
  private final Queue<Held> held = new ArrayDeque<>();
  private volatile int running;
  private boolean closed;
  private @Nullable Runnable drained;

  LaneGate(EventExecutor loop) {
    this.loop = loop;
  }

  /** Whether nothing new may begin. */
  public boolean isClosed() {
    assert loop.inEventLoop();
    return closed;
  }

  /** A session has left its boundary. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written by the event loop alone
  public void began() {
    assert loop.inEventLoop();
    running++;
  }

  /** A session that had left its boundary is back, or gone. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written by the event loop alone
  public void ended() {
    assert loop.inEventLoop() && running > 0;
    running--;
    reportDrained();
  }

  /** Queues what is to go on when the gate opens; first come, first released. */
  public void hold(Held waiting) {
    assert loop.inEventLoop() && closed;
    held.add(waiting);
  }

  /** Takes back {@link #hold}, for a session that ends while it is held. */
  public void forget(Held waiting) {
    assert loop.inEventLoop();
    held.remove(waiting);
  }

  /** Sessions of this event loop that are not at a boundary now. */
  public int running() {
    return running;
  }

  EventExecutor loop() {
    return loop;
  }

  void close(Runnable whenDrained) {
    assert loop.inEventLoop();
    closed = true;
    drained = whenDrained;
    reportDrained();
  }

  void open() {
    assert loop.inEventLoop();
    closed = false;
    drained = null;
    // A released session may not queue itself again here: the gate is open.
    for (Held waiting = held.poll(); waiting != null; waiting = held.poll()) {
      waiting.released();
    }
  }

  private void reportDrained() {
    Runnable report = drained;
    if (closed && running == 0 && report != null) {
      drained = null;
      report.run();
    }
  }
}
