package org.turnout.config;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What the clients of a route may take of Turnout.
 *
 * @param maxSessions clients at most that are served or about to be
 * @param maxSessionsPerAddress the same for each address that clients come from
 * @param authenticationTimeout the longest time from a connection to the proof of who it is
 * @param idleTimeout the longest time without a transaction; zero for any time
 * @param keepAlive after how long without a byte it is asked whether a client is still there; zero
 *     for what the system has
 * @param stopTimeout the longest time that a stop waits for running transactions
 */
public record LimitsConfig(
    OptionalInt maxSessions,
    OptionalInt maxSessionsPerAddress,
    Duration authenticationTimeout,
    Duration idleTimeout,
    Duration keepAlive,
    Duration stopTimeout) {
  public static final LimitsConfig DEFAULT =
      new LimitsConfig(
          OptionalInt.empty(),
          OptionalInt.empty(),
          Duration.ofMinutes(1),
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofSeconds(10));
}
