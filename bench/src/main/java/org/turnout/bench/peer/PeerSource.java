package org.turnout.bench.peer;

import java.io.IOException;

/** Starts a proxy in front of the database, over and over where a fresh one is needed. */
public interface PeerSource {
  /** Started, but perhaps not listening yet. */
  Peer start(Backend backend) throws IOException, InterruptedException;
}
