package org.turnout.bench.measure;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.StartedPeer;

/** Waits until a target that was just started answers a query. */
record FirstAnswer(Generator generator, Login login) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long AGAIN_NANOS = 2_000_000;

  /** Returns when a client has logged in and got its row. */
  void await(Peer peer) throws CommandFailure, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (SessionPool pool = generator.open(peer.address(), login, Operations.simple(), 1)) {
        pool.closedLoop(Duration.ZERO);
        return;
      } catch (LoadException e) {
        boolean dead = peer instanceof StartedPeer started && !started.isAlive();
        if (dead || System.nanoTime() > deadline) {
          throw new CommandFailure(
              peer.name() + " does not answer: " + e.getMessage(),
              peer instanceof StartedPeer started
                  ? "The end of what it has written:\n" + started.tail().indent(4)
                  : "It must listen on " + peer.address() + " and lead to the same database.");
        }
        LockSupport.parkNanos(AGAIN_NANOS);
      }
    }
  }
}
