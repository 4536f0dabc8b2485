package org.turnout.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.turnout.bench.peer.Peer;

/**
 * One load on all targets.
 *
 * @param queries statements that the server runs for one operation
 * @param openRate operations in a second at which the open loop ran; null where there was none
 */
public record LoadFigures(
    String name,
    String title,
    int clients,
    int queries,
    @Nullable Double openRate,
    List<Row> rows) {

  /**
   * One target.
   *
   * @param perSecond operations in a second, of the closed loop
   * @param ratio of them to the straight way, round by round
   * @param processorMicros processor time of the proxy for an operation
   * @param latency of the closed loop
   * @param openLatency of the open loop; null where there was none
   * @param openProcessorMicros as {@code processorMicros}, at the fixed rate
   */
  public record Row(
      String target,
      Spread perSecond,
      Spread ratio,
      Spread processorMicros,
      Latency latency,
      @Nullable Latency openLatency,
      @Nullable Spread openProcessorMicros) {}

  /** Works the rounds out; targets that failed are not in the maps. */
  public static LoadFigures of(
      String name,
      String title,
      int clients,
      int queries,
      Map<String, List<Round>> closed,
      @Nullable Double openRate,
      Map<String, List<Round>> open) {
    List<Round> direct = closed.getOrDefault(Peer.DIRECT, List.of());
    List<Row> rows = new ArrayList<>();
    closed.forEach(
        (target, rounds) -> {
          List<Round> opened = open.getOrDefault(target, List.of());
          boolean isOpen = !opened.isEmpty();
          rows.add(
              new Row(
                  target,
                  Spread.of(rounds.stream().map(Round::perSecond).toList()),
                  ratio(rounds, direct),
                  Spread.of(rounds.stream().map(Round::processorMicros).toList()),
                  Latency.of(rounds, direct),
                  isOpen ? Latency.of(opened, open.getOrDefault(Peer.DIRECT, opened)) : null,
                  isOpen ? Spread.of(opened.stream().map(Round::processorMicros).toList()) : null));
        });
    return new LoadFigures(name, title, clients, queries, openRate, List.copyOf(rows));
  }

  private static Spread ratio(List<Round> rounds, List<Round> direct) {
    return Spread.of(
        IntStream.range(0, Math.min(rounds.size(), direct.size()))
            .mapToObj(i -> rounds.get(i).perSecond() / direct.get(i).perSecond())
            .toList());
  }

  public Optional<Row> row(String target) {
    return rows.stream().filter(each -> each.target().equals(target)).findFirst();
  }
}
