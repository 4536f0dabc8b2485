package org.turnout.bench.measure;

import java.io.IOException;
import java.time.Duration;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Sample;
import org.turnout.bench.peer.Peer;

/** The clients of one load. Used by the measuring thread. */
interface Driver extends AutoCloseable {
  /** As fast as it goes. */
  Sample closedLoop(Peer peer, Duration time)
      throws LoadException, IOException, InterruptedException;

  /** At a fixed rate; latencies count from the moment at which an operation was due. */
  Sample openLoop(Peer peer, double perSecond, Duration time)
      throws LoadException, IOException, InterruptedException;

  /** How many statements the server runs for one operation. */
  int queries();

  @Override
  void close();
}
