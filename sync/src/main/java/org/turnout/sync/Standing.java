package org.turnout.sync;

import org.turnout.config.Side;

/** Which side is primary, and by which decision, as the durable records of the databases say. */
public record Standing(Epoch epoch, Side primary) {
  /** A route that never changed its primary. */
  public static final Standing INITIAL = new Standing(Epoch.FIRST, Side.BLUE);
}
