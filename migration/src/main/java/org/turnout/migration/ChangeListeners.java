package org.turnout.migration;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners the newest state after a change, one after the other on a control thread. Changes
 * that come while they are being told are told once, with the state of then; so a slow listener
 * sees fewer states, never an old one last.
 */
final class ChangeListeners {
  private static final Logger log = LoggerFactory.getLogger(ChangeListeners.class);

  private final ControlTimer timer;
  private final Supplier<RouteState> state;
  private final List<Consumer<RouteState>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicBoolean due = new AtomicBoolean();
  private final Object turn = new Object();

  ChangeListeners(ControlTimer timer, Supplier<RouteState> state) {
    this.timer = timer;
    this.state = state;
  }

  AutoCloseable add(Consumer<RouteState> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  void changed() {
    if (!listeners.isEmpty() && due.compareAndSet(false, true)) {
      timer.background("turnout-events", this::tell);
    }
  }

  private void tell() {
    synchronized (turn) {
      due.set(false);
      RouteState now = state.get();
      for (Consumer<RouteState> listener : listeners) {
        try {
          listener.accept(now);
        } catch (RuntimeException failure) {
          log.warn("a listener for changes of {} failed", now.name(), failure);
        }
      }
    }
  }
}
