package org.turnout.bench.measure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.Backend;
import org.turnout.bench.peer.Cost;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.PeerSource;
import org.turnout.bench.report.FreshFigures;
import org.turnout.bench.report.Spread;

/**
 * What only a fresh process shows: how long it takes to serve, what an idle session adds to its
 * memory, and whether a long COPY makes it grow. Used by the measuring thread.
 */
record Fresh(Plan plan, Generator generator, Backend backend, int sessions) {

  FreshFigures measure(PeerSource source)
      throws IOException, InterruptedException, LoadException, CommandFailure {
    Login login = backend.client();
    List<Double> starts = new ArrayList<>();
    for (int i = 1; i < plan.starts(); i++) {
      try (Peer peer = started(source, starts)) {
        assert peer != null;
      }
    }
    try (Peer peer = started(source, starts)) {
      long empty = Cost.resident(peer);
      try (SessionPool pool =
          generator.open(peer.address(), login, Operations.nothing(), sessions)) {
        double resident = (double) (Cost.resident(peer) - empty) / pool.size();
        return withCopy(peer, empty, resident, Spread.of(starts));
      }
    }
  }

  private Peer started(PeerSource source, List<Double> millis)
      throws IOException, InterruptedException, CommandFailure {
    long start = System.nanoTime();
    Peer peer = source.start(backend);
    try {
      new FirstAnswer(generator, backend.client()).await(peer);
    } catch (CommandFailure | InterruptedException e) {
      peer.close();
      throw e;
    }
    millis.add((System.nanoTime() - start) / 1e6);
    return peer;
  }

  /** With the idle sessions still there: the heap they hold is told apart by a later collection. */
  private FreshFigures withCopy(Peer peer, long empty, double resident, Spread starts)
      throws IOException, InterruptedException, LoadException {
    OptionalLong heapBefore = peer.liveHeap();
    long most = Cost.mostResident(peer);
    try (SessionPool copy =
        generator.open(
            peer.address(), backend.client(), Operations.longCopy(plan.copyBytes()), 1)) {
      copy.closedLoop(Duration.ZERO);
    }
    long growth = Cost.mostResident(peer) - most;
    OptionalLong heapAfter = peer.liveHeap();
    return new FreshFigures(
        peer.name(),
        starts,
        empty,
        sessions,
        resident,
        null,
        plan.copyBytes(),
        growth,
        heapBefore.isPresent() && heapAfter.isPresent()
            ? (Long) (heapAfter.getAsLong() - heapBefore.getAsLong())
            : null);
  }
}
