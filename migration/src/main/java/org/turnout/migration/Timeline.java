package org.turnout.migration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The steps of one change of primary with their times. Steps may overlap; any thread. */
final class Timeline {
  private record Entry(String name, long startNanos, long endNanos, String note) {}

  private final ControlTimer timer;
  private final List<Entry> entries = new ArrayList<>();
  private long closed;
  private boolean wasClosed;
  private long opened;
  private boolean wasOpened;

  Timeline(ControlTimer timer) {
    this.timer = timer;
  }

  long nanos() {
    return timer.nanos();
  }

  /** The gate begins to close: zero of the timeline. */
  synchronized void gateCloses() {
    closed = timer.nanos();
    wasClosed = true;
  }

  /** The gate opens; only the first call counts. */
  synchronized void gateOpens() {
    if (wasClosed && !wasOpened) {
      opened = timer.nanos();
      wasOpened = true;
    }
  }

  /** A step that ends now. */
  synchronized void ended(String name, long startNanos, String note) {
    entries.add(new Entry(name, startNanos, timer.nanos(), note));
  }

  synchronized long pauseMicros() {
    return wasClosed ? ((wasOpened ? opened : timer.nanos()) - closed) / 1_000 : 0;
  }

  /** All steps by their start, in microseconds from the gate's closing, or from now without one. */
  synchronized List<SwitchReport.Step> steps() {
    long zero = wasClosed ? closed : timer.nanos();
    return entries.stream()
        .sorted(Comparator.comparingLong(entry -> entry.startNanos() - zero))
        .map(
            entry ->
                new SwitchReport.Step(
                    entry.name(),
                    (entry.startNanos() - zero) / 1_000,
                    (entry.endNanos() - entry.startNanos()) / 1_000,
                    entry.note()))
        .toList();
  }
}
