package org.turnout.bench.report;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a run has measured.
 *
 * @param during what went on in the background, for example {@code copy}; empty for nothing
 * @param load the machine's load average before the start: above its processors it was not quiet
 * @param skipped what was not measured, with the reason
 */
public record BenchReport(
    Instant startedAt,
    double seconds,
    Machine machine,
    double load,
    String server,
    String driver,
    String during,
    int rounds,
    double roundSeconds,
    List<Target> targets,
    List<LoadFigures> loads,
    List<FreshFigures> fresh,
    List<Goal> goals,
    List<String> skipped) {

  /**
   * A target and what it says of itself.
   *
   * @param tls who ends the TLS of its clients, and by which suite; null where that was not asked
   */
  public record Target(String name, String version, @Nullable String tls) {}

  public Optional<LoadFigures> load(String name) {
    return loads.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  public Optional<FreshFigures> fresh(String target) {
    return fresh.stream().filter(each -> each.target().equals(target)).findFirst();
  }

  public BenchReport withGoals(List<Goal> evaluated) {
    return new BenchReport(
        startedAt,
        seconds,
        machine,
        load,
        server,
        driver,
        during,
        rounds,
        roundSeconds,
        targets,
        loads,
        fresh,
        List.copyOf(evaluated),
        skipped);
  }
}
