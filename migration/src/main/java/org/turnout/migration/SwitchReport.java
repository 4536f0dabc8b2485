package org.turnout.migration;

import java.util.List;
import org.turnout.sync.Finding;

/**
 * What one change of primary did.
 *
 * @param direction {@code blue-to-green} or {@code green-to-blue}
 * @param outcome {@code switched}, {@code aborted} or {@code in-doubt}
 * @param pauseMicros from the gate's closing to its opening
 * @param timeline the steps in order
 * @param reasons who or what was in the way; empty when it switched
 */
public record SwitchReport(
    String direction,
    String outcome,
    long epoch,
    long pauseMicros,
    List<Step> timeline,
    List<Finding> reasons) {

  /**
   * One step.
   *
   * @param startMicros since the gate began to close; negative for what was done before
   */
  public record Step(String name, long startMicros, long durationMicros, String note) {}
}
