package org.turnout.config;

import java.time.Duration;

/**
 * How reads go to the secondary.
 *
 * @param maxWait how long a read may wait until the secondary has what the session has read on the
 *     primary; zero for never
 */
public record ReadsConfig(Duration maxWait) {
  public static final ReadsConfig DEFAULT = new ReadsConfig(Duration.ofMillis(20));
}
