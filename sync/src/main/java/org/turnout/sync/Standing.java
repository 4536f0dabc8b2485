package org.turnout.sync;

import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;

/** Which side is primary, and by which decision, as the durable records of the databases say. */
public record Standing(Epoch epoch, Side primary) {
  /** A route that never changed its primary. */
  public static final Standing INITIAL = new Standing(Epoch.FIRST, Side.BLUE);

  /**
   * Written out, because every start compares: what the compiler gives to records instead is put
   * together at its first use, which takes ten milliseconds.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Standing standing
        && standing.epoch.equals(epoch)
        && standing.primary == primary;
  }

  @Override
  public int hashCode() {
    return 31 * epoch.hashCode() + primary.hashCode();
  }
}
