package org.turnout.migration;

import org.turnout.config.Side;
import org.turnout.sync.Standing;

/**
 * What a route must still know after a restart, and the only transitions it may make. The phase is
 * not stored beside it but follows from it, so that the two cannot contradict.
 *
 * @param standing the newest standing that was known
 * @param syncWanted whether the operator wants the sync to run
 * @param caughtUp whether the copy is complete, so that the sync only follows
 * @param greenReads share of eligible reads that goes to green while blue is primary, 0 to 100
 *     percent
 * @param mirrored whether the change stream is to be applied; false while {@code mirror} is {@code
 *     off}
 * @param removing whether the removal of Turnout from both sides has begun: from then on this
 *     record is the authority for the standing and the databases are not asked
 * @param finished whether that removal ended a migration
 */
record RouteMemory(
    Standing standing,
    boolean syncWanted,
    boolean caughtUp,
    double greenReads,
    boolean mirrored,
    boolean removing,
    boolean finished) {

  /** A route that has never done anything but pass on. */
  static final RouteMemory DIRECT =
      new RouteMemory(Standing.INITIAL, false, false, 0, true, false, false);

  RouteMemory {
    if (!(greenReads >= 0 && greenReads <= 100)) {
      throw new IllegalArgumentException("read weight " + greenReads + " is not 0 to 100 percent");
    }
    if (finished && syncWanted) {
      throw new IllegalArgumentException("a finished route has no sync");
    }
  }

  /** The phase of a route that is not just now changing its primary. */
  Phase phase() {
    if (finished) {
      return Phase.FINISHED;
    }
    if (standing.primary() == Side.GREEN) {
      return Phase.SWITCHED;
    }
    if (!syncWanted) {
      return Phase.DIRECT;
    }
    if (!caughtUp) {
      return Phase.COPYING;
    }
    return greenReads > 0 ? Phase.SHIFTING : Phase.FOLLOWING;
  }

  /**
   * The share of eligible reads that goes to the side that is not primary, in percent: once green
   * is primary nothing is read from blue, and the weight waits for the way back.
   */
  double secondaryReads() {
    return standing.primary() == Side.BLUE ? greenReads : 0;
  }

  /** The share of eligible reads that green serves now, in percent. */
  double servedByGreen() {
    return standing.primary() == Side.BLUE ? greenReads : 100;
  }

  RouteMemory wantingSync() {
    require(!finished && !removing, "the route is finished");
    return new RouteMemory(standing, true, caughtUp, greenReads, mirrored, removing, finished);
  }

  RouteMemory havingCaughtUp() {
    require(syncWanted, "no sync runs");
    return new RouteMemory(standing, true, true, greenReads, mirrored, removing, finished);
  }

  RouteMemory reading(double percent) {
    return new RouteMemory(standing, syncWanted, caughtUp, percent, mirrored, removing, finished);
  }

  RouteMemory mirroring(boolean on) {
    return new RouteMemory(standing, syncWanted, caughtUp, greenReads, on, removing, finished);
  }

  /** The databases' records say so: this one was written before the newest decision. */
  RouteMemory standing(Standing known) {
    require(!finished && !removing, "the databases are no longer the authority");
    if (known.equals(standing)) {
      return this;
    }
    return new RouteMemory(known, syncWanted, caughtUp, greenReads, mirrored, removing, finished);
  }

  RouteMemory withoutSync() {
    require(!finished, "the route is finished");
    return new RouteMemory(standing, false, false, greenReads, mirrored, removing, false);
  }

  RouteMemory beginningRemoval() {
    return new RouteMemory(standing, false, false, greenReads, mirrored, true, finished);
  }

  /**
   * Nothing of Turnout is left on either side, and blue is primary as on the first day: the epochs
   * begin anew with the next sync.
   */
  RouteMemory removed() {
    require(removing && standing.primary() == Side.BLUE, "nothing was removed");
    return DIRECT;
  }

  RouteMemory finishing() {
    require(removing, "nothing was removed");
    double reads = standing.primary() == Side.GREEN ? 100 : 0;
    return new RouteMemory(standing, false, false, reads, true, false, true);
  }

  private static void require(boolean legal, String otherwise) {
    if (!legal) {
      throw new IllegalStateException(otherwise);
    }
  }
}
