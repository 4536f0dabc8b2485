package org.turnout.config;

import java.time.Duration;

/**
 * Limits of a cutover or rollback.
 *
 * @param maxPause the longest time for which sessions may be held; then the cutover aborts by
 *     itself
 */
public record CutoverConfig(Duration maxPause) {
  public static final CutoverConfig DEFAULT = new CutoverConfig(Duration.ofSeconds(2));
}
