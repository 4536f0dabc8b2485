package org.turnout.sync.engine;

import org.turnout.config.Side;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.side.PostgresSide;

/**
 * The guards of both sides, for the life of the engine: after a change of primary, or one that was
 * called off, either may hold a slot. Any thread.
 */
record SlotGuards(SlotGuard blue, SlotGuard green) implements AutoCloseable {
  static SlotGuards of(PostgresSide blue, PostgresSide green, long limit, SlotGuard.Ending ending) {
    return new SlotGuards(new SlotGuard(blue, limit, ending), new SlotGuard(green, limit, ending));
  }

  SlotGuard of(Side side) {
    return side == Side.BLUE ? blue : green;
  }

  /** Looks at both sides soon. */
  void look() {
    blue.look();
    green.look();
  }

  /** A stream is about to run from this side; what was given up before says nothing any more. */
  void begin(Side primary) {
    of(primary).forget();
    of(primary).expect(true);
  }

  /** No stream runs; slots that are there are watched all the same. */
  void halt() {
    blue.expect(false);
    green.expect(false);
  }

  void forget() {
    blue.forget();
    green.forget();
  }

  /** What a sync does, with what the guard of its primary knows. */
  SyncStatus complete(SyncStatus sync, Standing standing) {
    SlotGuard guard = of(standing.primary());
    SyncStatus status = sync.retaining(guard.retainedBytes());
    return guard
        .givenUp()
        .filter(given -> given.slot().epoch().equals(standing.epoch()))
        .map(given -> status.failed(given.reason()))
        .orElse(status);
  }

  @Override
  public void close() {
    blue.close();
    green.close();
  }
}
