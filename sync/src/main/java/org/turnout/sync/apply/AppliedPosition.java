package org.turnout.sync.apply;

import java.util.ArrayDeque;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.Freshness;

/**
 * How far the target has followed, and what that says about freshness: a sample is a position of
 * the source's log and the time before it was read; once everything before the position is on the
 * target, the target is as fresh as that time. Any thread.
 */
final class AppliedPosition {
  /** Samples wait only while the applier is behind; then the oldest ones are what counts. */
  private static final int SAMPLES = 1024;

  private final Freshness freshness;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private boolean closed;
  private boolean ahead;
  private volatile Lsn position;
  private volatile Lsn source;

  private record Sample(long nanos, Lsn position) {}

  AppliedPosition(Freshness freshness, Lsn position) {
    this.freshness = freshness;
    this.position = position;
    this.source = position;
  }

  /** Everything before this position is committed on the target. */
  synchronized void applied(Lsn reached) {
    position = Lsn.max(position, reached);
    Sample latest = null;
    while (!samples.isEmpty() && !samples.getFirst().position().isAfter(position)) {
      latest = samples.removeFirst();
    }
    if (latest != null) {
      advance(latest.nanos());
    }
  }

  private void advance(long nanos) {
    if (!closed && !ahead) {
      freshness.advance(nanos);
    }
  }

  /**
   * Whether the target may show what the source does not show yet: then nothing counts as fresh, so
   * that nobody who will read on the source reads on the target before.
   */
  synchronized void ahead(boolean now) {
    ahead = now;
    if (now && !closed) {
      freshness.reset();
    }
  }

  /** From now on nothing is said about freshness: the stream has ended. */
  synchronized void close() {
    closed = true;
  }

  /**
   * The source's log ended here.
   *
   * @param nanos time before it was asked
   * @return whether the target has all of it already, and no more
   */
  synchronized boolean sampled(long nanos, Lsn end) {
    source = Lsn.max(source, end);
    if (!end.isAfter(position) && !ahead) {
      advance(nanos);
      return true;
    }
    if (samples.size() == SAMPLES) {
      samples.removeLast();
    }
    samples.addLast(new Sample(nanos, end));
    return false;
  }

  Lsn position() {
    return position;
  }

  /** Bytes of the source's log that are not on the target. */
  long lagBytes() {
    return Math.max(0, source.minus(position));
  }
}
