package org.turnout.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Sample;
import org.turnout.bench.peer.Cost;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.report.LoadFigures;
import org.turnout.bench.report.Round;

/**
 * One load on all targets: in each round every target has its slice of time, and each round begins
 * with another target, so that what changes on the machine meanwhile meets all of them alike. Used
 * by the measuring thread.
 */
final class Rounds implements AutoCloseable {
  private final Load load;
  private final Plan plan;
  private final Driver driver;
  private final Progress progress;
  private final Map<Peer, Cost> costs = new LinkedHashMap<>();

  Rounds(Load load, Plan plan, List<Peer> peers, Driver driver, Progress progress) {
    this.load = load;
    this.plan = plan;
    this.driver = driver;
    this.progress = progress;
    peers.forEach(peer -> costs.put(peer, new Cost(peer)));
  }

  /** Something that a target does for a while. */
  private interface Slice {
    Sample run(Peer peer) throws LoadException, IOException, InterruptedException;
  }

  /** A target that failed, with the reason. */
  static final class TargetException extends Exception {
    private final String target;

    TargetException(String target, Throwable cause) {
      super(cause.getMessage(), cause);
      this.target = target;
    }

    String target() {
      return target;
    }
  }

  LoadFigures run() throws TargetException, InterruptedException {
    for (Peer peer : costs.keySet()) {
      progress.now(load.name() + " warming up " + peer.name());
      slice(peer, each -> driver.closedLoop(each, plan.warmUp()));
    }
    Map<String, List<Round>> closed = rounds("", peer -> driver.closedLoop(peer, plan.slice()));
    if (!plan.isOpen(load)) {
      return figures(closed, null, Map.of());
    }
    double rate =
        closed.values().stream()
                .mapToDouble(
                    rounds -> rounds.stream().mapToDouble(Round::perSecond).min().orElseThrow())
                .min()
                .orElseThrow()
            / 2;
    return figures(
        closed,
        rate,
        rounds(" at a fixed rate", peer -> driver.openLoop(peer, rate, plan.slice())));
  }

  private LoadFigures figures(
      Map<String, List<Round>> closed, @Nullable Double rate, Map<String, List<Round>> open) {
    return LoadFigures.of(
        load.name(), load.title(), load.clients(), driver.queries(), closed, rate, open);
  }

  private Map<String, List<Round>> rounds(String how, Slice slice)
      throws TargetException, InterruptedException {
    List<Peer> order = new ArrayList<>(costs.keySet());
    Map<String, List<Round>> rounds = new LinkedHashMap<>();
    order.forEach(peer -> rounds.put(peer.name(), new ArrayList<>()));
    for (int round = 0; round < plan.rounds(); round++) {
      for (int i = 0; i < order.size(); i++) {
        Peer peer = order.get((round + i) % order.size());
        progress.now(
            "%s%s, round %d of %d, %s"
                .formatted(load.name(), how, round + 1, plan.rounds(), peer.name()));
        Objects.requireNonNull(rounds.get(peer.name())).add(slice(peer, slice));
      }
    }
    return rounds;
  }

  private Round slice(Peer peer, Slice slice) throws TargetException, InterruptedException {
    Cost cost = Objects.requireNonNull(costs.get(peer));
    try {
      long before = cost.processorNanos();
      Sample sample = slice.run(peer);
      long spent = cost.processorNanos() - before;
      progress.slice();
      return Round.of(sample, spent);
    } catch (LoadException | IOException e) {
      throw new TargetException(peer.name(), e);
    }
  }

  @Override
  public void close() {
    driver.close();
  }
}
