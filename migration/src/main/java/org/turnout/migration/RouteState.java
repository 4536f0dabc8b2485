package org.turnout.migration;

import java.util.List;
import java.util.Optional;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;

/**
 * All that an operator decides on, for one route; the body of {@code GET /api/v1/routes/{route}}.
 *
 * @param phase word of {@link Phase}
 * @param primary {@code blue} or {@code green}
 * @param gate {@code open}, {@code pausing} or {@code paused}
 * @param mirror {@code off} or {@code log}
 * @param inFlight sessions that are not at a boundary
 * @param verification the last or running comparison
 * @param lastSwitch the last cutover, rollback or rehearsal, also one that aborted
 * @param blockers why a cutover may not start now; empty when it may
 */
public record RouteState(
    String name,
    String protocol,
    String listen,
    String phase,
    String primary,
    long epoch,
    String gate,
    Reads reads,
    String mirror,
    int sessions,
    int inFlight,
    SyncStatus sync,
    Optional<VerificationState> verification,
    Rollback rollback,
    Optional<SwitchReport> lastSwitch,
    List<Finding> blockers) {

  /** Share of eligible reads that green serves, 0 to 100 percent; 100 once it is primary. */
  public record Reads(double green) {}

  /**
   * The last or running comparison.
   *
   * @param error why it could not be completed
   */
  public record VerificationState(
      boolean running,
      long rowsCompared,
      long rowsTotal,
      long differences,
      Optional<Verification> result,
      Optional<String> error) {}

  /** Whether the way back is proved now, and if not, why. */
  public record Rollback(boolean ready, String reason) {}
}
