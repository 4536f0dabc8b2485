package org.turnout.migration;

import java.util.Locale;

/**
 * Where the migration of a route stands. From every phase before {@code finished} a way leads back
 * that loses nothing.
 */
public enum Phase {
  DIRECT,
  COPYING,
  FOLLOWING,
  SHIFTING,
  CUTTING_OVER,
  SWITCHED,
  FINISHED;

  /** The word used in API, metrics and documents, for example {@code cutting-over}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
