package org.turnout.proxy.session;

import java.util.concurrent.atomic.AtomicLong;
import org.turnout.config.Side;

/**
 * What one event loop has counted. Written by that event loop alone, read by anyone: plain adds
 * with opaque stores, so that counting costs no fence on the way of a query.
 */
public final class LaneCounters {
  private final AtomicLong sessionsTotal = new AtomicLong();
  private final AtomicLong queriesBlue = new AtomicLong();
  private final AtomicLong queriesGreen = new AtomicLong();
  private final AtomicLong readWaitsFresh = new AtomicLong();
  private final AtomicLong readWaitsExpired = new AtomicLong();
  private final AtomicLong bytesIn = new AtomicLong();
  private final AtomicLong bytesOut = new AtomicLong();

  public void sessionBegan() {
    add(sessionsTotal, 1);
  }

  /** A query cycle was forwarded to a side: a simple query, a Sync or a function call. */
  public void queryForwarded(Side side) {
    add(side == Side.BLUE ? queriesBlue : queriesGreen, 1);
  }

  /**
   * A read has waited for the secondary.
   *
   * @param fresh whether that was in time; otherwise it goes to the primary
   */
  public void readWaited(boolean fresh) {
    add(fresh ? readWaitsFresh : readWaitsExpired, 1);
  }

  public void bytesIn(int bytes) {
    add(bytesIn, bytes);
  }

  public void bytesOut(int bytes) {
    add(bytesOut, bytes);
  }

  long sessionsTotal() {
    return sessionsTotal.getOpaque();
  }

  long queries(Side side) {
    return (side == Side.BLUE ? queriesBlue : queriesGreen).getOpaque();
  }

  long readWaits(boolean fresh) {
    return (fresh ? readWaitsFresh : readWaitsExpired).getOpaque();
  }

  long bytesIn() {
    return bytesIn.getOpaque();
  }

  long bytesOut() {
    return bytesOut.getOpaque();
  }

  private static void add(AtomicLong counter, long amount) {
    counter.setOpaque(counter.getPlain() + amount);
  }
}
