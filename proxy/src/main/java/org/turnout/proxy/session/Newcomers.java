package org.turnout.proxy.session;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The clients of one event loop that have not proved who they are, in the order in which they came.
 *
 * <p>A client proves it in a moment; whoever only holds a connection open must not keep others out.
 * Rule: where there is one more than may be, the one that has waited longest has to go. Confined to
 * the event loop.
 */
public final class Newcomers {
  /** What share of the files that the process may open newcomers may have, for each route. */
  private static final int SHARE = 4;

  private static final long MOST_OF_ALL = 10_000;

  private final int most;
  private final Set<Newcomer> waiting = new LinkedHashSet<>();

  /** A client that has not proved who it is. */
  public interface Newcomer {
    /** There are too many, and this one has waited longest. */
    void giveWay();
  }

  /**
   * @param most how many there may be
   */
  public Newcomers(int most) {
    this.most = most;
  }

  /** How many there may be on each of the event loops of a route, by what the system allows. */
  static int most(int loops) {
    long files =
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
            ? system.getMaxFileDescriptorCount()
            : MOST_OF_ALL * SHARE;
    return Math.toIntExact(Math.max(1, Math.min(files / SHARE, MOST_OF_ALL) / loops));
  }

  /** One more has come. */
  public void came(Newcomer newcomer) {
    waiting.add(newcomer);
    if (waiting.size() > most) {
      Newcomer first = waiting.iterator().next();
      waiting.remove(first);
      first.giveWay();
    }
  }

  /** One has proved who it is, or is gone. */
  public void went(Newcomer newcomer) {
    waiting.remove(newcomer);
  }
}
