package org.turnout.bench.measure;

import java.time.Duration;
import java.util.List;

/**
 * How long and how often.
 *
 * @param slice how long one target is measured in one round
 * @param warmUp how long each target works before the first round of a load
 * @param openLoads of which loads also the latency at a fixed rate is measured
 * @param idleSessions how many are held at once, if the server and the system can
 * @param starts how often a fresh process of each target is started
 */
record Plan(
    List<Load> loads,
    int rounds,
    Duration slice,
    Duration warmUp,
    List<String> openLoads,
    int idleSessions,
    long copyBytes,
    int starts) {

  /** The name among the loads of what only fresh processes show. */
  static final String FRESH = "fresh";

  static Plan quick() {
    return new Plan(
        Load.ALL.stream().filter(Load::quick).toList(),
        3,
        Duration.ofMillis(500),
        Duration.ofMillis(300),
        List.of("simple-1", "prepared-1"),
        2_000,
        1L << 30,
        1);
  }

  static Plan full() {
    return new Plan(
        Load.ALL,
        7,
        Duration.ofSeconds(2),
        Duration.ofSeconds(2),
        Load.ALL.stream().filter(Load::latency).map(Load::name).toList(),
        10_000,
        10L << 30,
        3);
  }

  /** The point selects of this plan, without fresh processes. */
  Plan during() {
    return withLoads(loads.stream().filter(Load::isSelect).toList()).withoutFresh();
  }

  Plan withoutFresh() {
    return new Plan(loads, rounds, slice, warmUp, openLoads, 0, copyBytes, starts);
  }

  Plan withRounds(int count) {
    return new Plan(loads, count, slice, warmUp, openLoads, idleSessions, copyBytes, starts);
  }

  Plan withSlice(Duration time) {
    return new Plan(loads, rounds, time, warmUp, openLoads, idleSessions, copyBytes, starts);
  }

  Plan withLoads(List<Load> chosen) {
    return new Plan(chosen, rounds, slice, warmUp, openLoads, idleSessions, copyBytes, starts);
  }

  boolean isOpen(Load load) {
    return openLoads.contains(load.name());
  }

  /** How long each target does each kind of point select before everything. */
  Duration firstWarmUp() {
    return warmUp.multipliedBy(5);
  }

  /** Slices of measuring, for the progress; warming up counts as one round. */
  int slices(int targets) {
    int perTarget =
        loads.stream().mapToInt(load -> (rounds + 1) + (isOpen(load) ? rounds : 0)).sum();
    return perTarget * targets;
  }
}
