package org.turnout.bench.measure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.load.StandIn;
import org.turnout.bench.peer.Backend;
import org.turnout.bench.peer.Cost;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.PeerSource;
import org.turnout.bench.report.FreshFigures;
import org.turnout.bench.report.Spread;

/**
 * What only a fresh process shows: how long it takes to serve, whether a long COPY makes it grow,
 * and what an idle session adds to its memory. Used by the measuring thread.
 *
 * @param sessions how many idle sessions are held at once
 */
record Fresh(Plan plan, Generator generator, Backend backend, int sessions) {
  /** A busy machine moves 10 GB in a few minutes. */
  private static final Duration COPY_PATIENCE = Duration.ofMinutes(20);

  private record Copied(long growth, @Nullable Long heapGrowth) {}

  private record Idle(long empty, double resident, @Nullable Double heap) {}

  FreshFigures measure(String name, PeerSource source)
      throws IOException, InterruptedException, LoadException, CommandFailure {
    List<Double> starts = new ArrayList<>();
    for (int i = 1; i < plan.starts(); i++) {
      started(source, backend, starts).close();
    }
    Copied copied;
    try (Peer peer = started(source, backend, starts)) {
      copied = copy(peer);
    }
    Idle idle;
    try (StandIn server = new StandIn(generator, backend.address());
        Peer peer =
            started(source, new Backend(server.address(), backend.client()), new ArrayList<>())) {
      idle = idle(peer);
    }
    return new FreshFigures(
        name,
        Spread.of(starts),
        idle.empty(),
        sessions,
        idle.resident(),
        idle.heap(),
        plan.copyBytes(),
        copied.growth(),
        copied.heapGrowth());
  }

  private Peer started(PeerSource source, Backend server, List<Double> millis)
      throws IOException, InterruptedException, CommandFailure {
    long start = System.nanoTime();
    Peer peer = source.start(server);
    try {
      new FirstAnswer(generator, server.client()).await(peer);
    } catch (CommandFailure | InterruptedException e) {
      peer.close();
      throw e;
    }
    millis.add((System.nanoTime() - start) / 1e6);
    return peer;
  }

  private Copied copy(Peer peer) throws IOException, InterruptedException, LoadException {
    OptionalLong heapBefore = peer.liveHeap();
    long most = Cost.mostResident(peer);
    try (SessionPool copy =
        generator.open(
            peer.address(), backend.client(), Operations.longCopy(plan.copyBytes()), 1)) {
      copy.once(COPY_PATIENCE);
    }
    long growth = Cost.mostResident(peer) - most;
    Double heap = difference(peer.liveHeap(), heapBefore);
    return new Copied(growth, heap == null ? null : heap.longValue());
  }

  /** The heap is looked at after the resident memory, which that alone would change. */
  private Idle idle(Peer peer) throws IOException, InterruptedException, LoadException {
    Login login = new Login(StandIn.USER, backend.client().database(), backend.client().password());
    long empty = Cost.resident(peer);
    try (SessionPool pool = generator.open(peer.address(), login, Operations.nothing(), sessions)) {
      double resident = (double) (Cost.resident(peer) - empty) / sessions;
      OptionalLong with = peer.liveHeap();
      pool.end();
      Double heap = difference(with, peer.liveHeap());
      return new Idle(empty, resident, heap == null ? null : heap / sessions);
    }
  }

  private static @Nullable Double difference(OptionalLong one, OptionalLong other) {
    return one.isPresent() && other.isPresent()
        ? (Double) (double) (one.getAsLong() - other.getAsLong())
        : null;
  }
}
